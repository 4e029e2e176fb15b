// The story that `npm start` tells, in the language of scenarios: the three guests of the kernel's manual, then the four lists of
// the seed mail (Krowiak to Pasic, 4 Nov 2020) with a fourth guest. What is seen after each step is worked out, not written here.

export interface Chapter {
  readonly title: string;
  readonly script: string;
}

/** The machine of the story: a real one, imported from its published listing. */
export const TOUR_HOST = "ibm-docs-three-cards.yaml";

/** The queue that the discussion is about, and the guest that could lose its adapter because of it. */
export const DISPUTED = { queue: "04.0004", guest: "guest4" } as const;

/** A queue to take away when the story is over, and the guest that loses its adapter with it. */
export const TRIED = { queue: "05.0047", guest: "guest2" } as const;

/** The chapter that is told again from inside this guest. */
export const INSIDE = { guest: "guest4", chapter: 3 } as const;

export const CHAPTERS: readonly Chapter[] = [
  {
    title:
      "The machine gets what the manual's example and the mail need; the host leaves adapters 04, 05 and 06 to vfio_ap",
    script: `
machine gains adapter 06 domain 0004 0047 0054 00ab 00ff
scan
free adapter 04 05 06
`,
  },
  {
    title: "The three guests of the kernel's manual",
    script: `
mdev m1
assign m1 adapter 05 06 domain 0004 00ab
start guest1 m1
mdev m2
assign m2 adapter 05 domain 0047 00ff
start guest2 m2
mdev m3
assign m3 adapter 06 domain 0047 00ff
start guest3 m3
`,
  },
  {
    title: "First list: a guest starts while no queue is bound, then its queue is bound",
    script: `
unbind 04.0004 04.0047 04.0054
mdev m4
assign m4 adapter 04 domain 0004
start guest4 m4
bind 04.0004
`,
  },
  {
    title: "Second list: a domain is assigned whose queue is not bound",
    script: `
bind 04.0047
assign m4 domain 0047
assign m4 domain 0054
`,
  },
  {
    title: "Third list: the same with the queue bound before",
    script: `
unassign m4 domain 0054
bind 04.0054
assign m4 domain 0054
`,
  },
  {
    title: "Fourth list: a queue is bound by hand while the host is losing its domain",
    script: `
unassign m4 domain 0054
unbind 04.0004
machine loses domain 0004
scan notice
bind 04.0004
scan devices
scan complete
`,
  },
];
