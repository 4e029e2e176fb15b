// apmatrix explain as its user meets it: every errno with what helps, guests by any name, and one line for everything that is wrong.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { WhatIf } from "../answers/explain/what-if.ts";
import { openSource } from "../sources/open-source.ts";
import { asApid } from "../system/ap/id.ts";
import { maskOf } from "../system/ap/mask.ts";
import { formatMask } from "../system/ap/mask-text.ts";
import type { Write } from "../system/sysfs/writes.ts";
import { copyToDirectory } from "../testing/support/copy-tree.ts";
import { apmatrix, type Ended, killLabs } from "../testing/support/lab-command.ts";
import { NOBODY, nobodySkip, programForAll } from "../testing/support/other-user.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const BASE = temporaryDirectory();
const RUN = freshDirectory(BASE, "run");
after(killLabs);

const ONE = "62177883-f1bb-47f0-914d-32a22e3a8804";
const TWO = "62177883-f1bb-47f0-914d-32a22e3a8805";
const GONE = "62177883-f1bb-47f0-914d-32a22e3a8806";
const [M1, M2] = [`devices/vfio_ap/matrix/${ONE}`, `devices/vfio_ap/matrix/${TWO}`];
const CREATE = "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";

const HOST = join(BASE, "host.yaml");
writeFileSync(
  HOST,
  `max_adapter: 15
max_domain: 0x5f
cards: [{ id: 4, type: CEX5C }, { id: 5, type: CEX5C }]
domains: [4, 0x47, 0x54]
masks: { apmask: "-4" }
unbound: [04.0054]
mdevs:
  - { uuid: ${ONE}, name: keys of alpha, adapters: [4], domains: [4, 0x47], guest: guest1 }
  - { uuid: ${TWO}, domains: [4] }
`,
);

const explain = (words: readonly string[], from = HOST): Promise<Ended> =>
  apmatrix(["explain", ...words, "--from", from], { run: RUN });

async function errnoOf(path: string, value: string, profile = "linux-6.12", from = HOST) {
  const words = ["explain-write", path, value, "--format", "json", "--profile", profile, "--from", from];
  const { stdout, stderr, code } = await apmatrix(words, { run: RUN });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as {
    errno: string | null;
    offenders: unknown[];
    fix: Write[] | null;
    waits?: boolean;
    losers?: unknown;
  };
}

/** Each write, its errno, who is in the way, and what is written first. */
type Case = readonly [
  path: string,
  value: string,
  errno: string | null,
  offenders: readonly unknown[],
  fix: readonly Write[] | null,
];

const CASES: readonly Case[] = [
  [
    `/sys/${M1}/assign_adapter`,
    "5",
    "EADDRNOTAVAIL",
    [
      { apqn: "05.0004", owner: { host: "apmask 05, aqmask 0004" } },
      { apqn: "05.0047", owner: { host: "apmask 05, aqmask 0047" } },
    ],
    [["bus/ap/apmask", "-0x5"]],
  ],
  [
    `/sys/class/mdev_bus/matrix//${TWO}/assign_adapter`,
    "0x4",
    "EADDRINUSE",
    [{ apqn: "04.0004", owner: { mdev: ONE } }],
    [[`${M1}/unassign_domain`, "0x4"]],
  ],
  [
    "bus/ap/apmask",
    "+0x4",
    "EBUSY",
    [
      { apqn: "04.0004", owner: { mdev: ONE } },
      { apqn: "04.0047", owner: { mdev: ONE } },
    ],
    [[`${M1}/unassign_adapter`, "0x4"]],
  ],
  [
    "bus/ap/drivers/cex4queue/unbind",
    "04.0004",
    "ENODEV",
    [{ apqn: "04.0004", owner: { driver: "vfio_ap" } }],
    [
      [`${M1}/unassign_adapter`, "0x4"],
      ["bus/ap/apmask", "+0x4"],
    ],
  ],
  [
    "bus/ap/drivers/cex4queue/bind",
    "04.0054",
    "ENODEV",
    [{ apqn: "04.0054", owner: { driver: "vfio_ap" } }],
    [
      [`${M1}/unassign_adapter`, "0x4"],
      ["bus/ap/apmask", "+0x4"],
      ["bus/ap/drivers/cex4queue/unbind", "04.0054"],
    ],
  ],
  [`${M1}/assign_domain`, "0x60", "ENODEV", [], null],
  [`${M1}/assign_domain`, "99999999999999999999", "ERANGE", [], null],
  [`${M1}/assign_domain`, "forty-seven", "EINVAL", [], null],
  [`${M1}/matrix`, "1", "EACCES", [], null],
  [`${M1}/matrix/`, "1", "ENOTDIR", [], null],
  [`${M1}`, "1", "EISDIR", [], null],
  [`${M1}/nothing`, "1", "ENOENT", [], null],
  [`devices/vfio_ap/matrix/${GONE}/assign_adapter`, "1", "ENOENT", [], [[CREATE, GONE]]],
  [CREATE, ONE, "EEXIST", [], null],
  [CREATE, TWO, "EEXIST", [], [[`${M2}/remove`, "1"]]],
  [`${M1}/assign_domain`, "0107", null, [], []],
  [`bus/mdev/devices/${TWO}/ap_config`, "0x04", "EINVAL", [], null],
];

describe("apmatrix explain-write", () => {
  for (const [path, value, errno, offenders, fix] of CASES) {
    it(`says ${errno} of ${value} to ${path.replace(ONE, "ONE").replace(TWO, "TWO").replace(GONE, "GONE")}`, async () => {
      // What the fix takes from guests is shown in explain-errno.test.ts.
      const { losers: _, ...answer } = await errnoOf(path, value);
      assert.deepEqual(answer, { errno, offenders, fix });
      const source = await openSource(HOST);
      assert.ok(source.ok && source.value.host);
      const whatIf = new WhatIf(source.value.host);
      for (const write of fix ?? []) assert.ok(whatIf.write(write), `${write}`);
      assert.equal(whatIf.write([path.replace(/^\/sys\//, ""), `${value}\n`]), errno === null || fix !== null);
    });
  }

  it("puts into one write what one write can do", async () => {
    const two = join(BASE, "two.yaml");
    const cards =
      "cards: [{ id: 4, type: CEX5C }, { id: 5, type: CEX5C }, { id: 6, type: CEX5C }]\ndomains: [4, 0x47, 0x54]\n";
    const mdevs = [
      `{ uuid: ${ONE}, adapters: [4, 5], domains: [4, 0x47] }`,
      `{ uuid: ${TWO}, adapters: [4, 5], domains: [0x54] }`,
    ];
    writeFileSync(two, `${cards}masks: { apmask: "-4,-5" }\nmdevs: [${mdevs.join(", ")}]\n`);
    const mask = (...ids: number[]) => formatMask(maskOf(ids.map(asApid)));
    const none = mask();
    const fixOf = async (path: string, value: string, profile?: string) =>
      (await errnoOf(path, value, profile, two)).fix;
    // Of two masks the one by which the host loses less.
    assert.deepEqual(await fixOf(`${M1}/ap_config`, [mask(4, 6), mask(4, 0x47), none].join()), [
      ["bus/ap/apmask", "-0x6"],
    ]);
    // Up to 6.18 the other mask alone keeps what mdevs have; after that all of them have to give it up.
    assert.deepEqual(await fixOf("bus/ap/apmask", "+4,+5"), [["bus/ap/aqmask", "-0x4,-0x47,-0x54"]]);
    assert.equal((await fixOf("bus/ap/apmask", "+4,+5", "linux-7.3"))?.length, 2);
    // One mdev gives up two domains at once.
    const both = [mask(4, 5), mask(4, 0x47, 0x54), none].join();
    assert.deepEqual(await fixOf(`${M2}/ap_config`, both), [[`${M1}/ap_config`, [mask(4, 5), none, none].join()]]);
    assert.equal((await fixOf(`${M1}/ap_config`, both))?.length, 1);
  });

  it("finds what a queue itself says enough where masks say nothing", async () => {
    const plain = join(BASE, "plain.yaml");
    writeFileSync(plain, "cards: [{ id: 4, type: CEX5C }]\ndomains: [4]\n");
    const { errno, fix } = await errnoOf("bus/ap/drivers/vfio_ap/bind", "04.0004", "linux-7.3", plain);
    assert.deepEqual([errno, fix?.length], ["EBUSY", 2]);
  });

  it("says that a removal waits for its guest", async () => {
    assert.deepEqual(await errnoOf(`${M1}/remove`, "1"), { errno: null, waits: true, offenders: [], fix: [] });
  });

  it("says that a driver_override and changed masks exclude one another", async () => {
    const { errno, fix } = await errnoOf("bus/ap/devices/05.0004/driver_override", "vfio_ap", "linux-7.3");
    assert.equal(errno, "EINVAL");
    assert.deepEqual(
      fix?.map(([path]) => path),
      [`${M1}/unassign_adapter`, "bus/ap/apmask"],
    );
  });

  it("says that nothing is changed under a running guest before 6.0", async () => {
    assert.deepEqual(await errnoOf(`${M1}/assign_domain`, "0x54", "linux-5.19"), {
      errno: "EBUSY",
      offenders: [],
      fix: null,
    });
  });

  it("prints what to type", async () => {
    const write = [`/sys/bus/mdev/devices/${TWO}/assign_adapter`, "4"];
    const said = `EADDRINUSE\n  04.0004  mdev ${ONE}\nit succeeds after (this takes queues from running guests: guest1 loses 1 of 2)\n  echo 0x4 > /sys/${M1}/unassign_domain\n`;
    assert.equal((await apmatrix(["explain-write", ...write, "--from", HOST], { run: RUN })).stdout, said);
    // The older form.
    assert.equal((await explain(["errno", ...write])).stdout, said);
  });

  it("takes a value that begins with -, as most masks do, in both forms", async () => {
    for (const words of [["explain-write"], ["explain", "errno"]]) {
      const { code, stdout, stderr } = await apmatrix([...words, "bus/ap/apmask", "-5,-6", "--from", HOST], {
        run: RUN,
      });
      assert.deepEqual([code, stdout, stderr], [0, "succeeds\n", ""]);
    }
  });

  it("refuses options that it does not have, and more words than a path and a value", async () => {
    for (const words of [
      ["--fromm", "x", "bus/ap/apmask", "-5"],
      ["bus/ap/apmask", "-5", "-6"],
    ]) {
      const { code, stderr } = await apmatrix(["explain-write", ...words, "--from", HOST], { run: RUN });
      assert.equal(code, 1);
      assert.match(stderr, /^apmatrix: expected a path and a value, found [^\n]+\n$/);
    }
    assert.match((await explain(["guest1", "--fromm"])).stderr, /^apmatrix: unknown option '--fromm'\n$/);
  });
});

/** Adapter 05 has no queue of domain 00ff bound, so whoever assigns that domain loses adapter 05. */
function wide(): string {
  const file = join(BASE, "wide.yaml");
  writeFileSync(
    file,
    `cards: [{ id: 4, type: CEX5C }, { id: 5, type: CEX5C }]
domains: [4, 0xff]
masks: { apmask: "-4,-5" }
unbound: [05.00ff]
mdevs:
  - { uuid: ${ONE}, adapters: [4, 5], domains: [4], guest: guest1 }
`,
  );
  return file;
}

describe("apmatrix explain", () => {
  it("finds a guest by its name, by its label and by its mdev, in upper case as well", async () => {
    const outputs = await Promise.all(
      ["guest1", "keys of alpha", ONE, ONE.toUpperCase()].map((name) => explain([name])),
    );
    for (const { stdout } of outputs) assert.equal(stdout, "04.0004  plugged\n04.0047  plugged\n");
  });

  it("gives the data of the queues that are asked about", async () => {
    const { stdout } = await explain(["guest1", "04.0054", "04.0004", "--format", "json"]);
    const own = (name: string) => `${M1}/${name}`;
    const [missing, there] = JSON.parse(stdout) as unknown[];
    assert.deepEqual(missing, {
      apqn: "04.0054",
      plugged: false,
      reason: "domain-not-assigned",
      because: {},
      // Bound first: the other way round the guest would lose adapter 04 for a time.
      fix: [
        ["bus/ap/drivers/vfio_ap/bind", "04.0054"],
        [own("assign_domain"), "0x54"],
      ],
    });
    assert.deepEqual(there, { apqn: "04.0004", plugged: true, reason: "plugged", because: {}, fix: [] });
  });

  it("says what a fix takes from the guest itself", async () => {
    const { stdout } = await explain(["guest1", "04.00FF", "--profile", "linux-6.12"], wide());
    assert.match(stdout, /^04\.00ff {2}domain-not-assigned: /);
    assert.match(stdout, /^ +its own guest loses by this: 05\.0004$/m);
    assert.match(stdout, /^ +echo 0xff > .*assign_domain$/m);
  });

  it("says of an mdev without queues that it has none", async () => {
    assert.equal((await explain([TWO])).stdout, "no queue is assigned: it needs an adapter and a domain\n");
  });
});

describe("apmatrix explain, with bad input", () => {
  /** The one line that is said. */
  async function errorOf(words: readonly string[], from?: string): Promise<string> {
    const { code, stdout, stderr } = await explain(words, from);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^apmatrix: [^\n]+\n$/);
    return stderr.slice("apmatrix: ".length, -1).replaceAll(`${BASE}/`, "");
  }

  it("names the guest that was probably meant", async () => {
    assert.equal(
      await errorOf(["guset1"]),
      `no guest or mdev "guset1": did you mean "guest1"? there are ${TWO}, keys of alpha, guest1, ${ONE}`,
    );
  });

  it("refuses what is not a queue, or beyond the machine", async () => {
    assert.match(await errorOf(["guest1", "4.71"]), /^"4\.71" is not a queue: two hex digits/);
    assert.equal(
      await errorOf(["guest1", "10.0004"]),
      "10.0004 is beyond this machine: its highest adapter and domain are 0f.005f",
    );
    assert.match(await errorOf(["errno", M1]), /expected a path and a value/);
  });

  it("says of a source that it cannot be used, and why", async () => {
    mkdirSync(join(BASE, "empty"));
    assert.match(await errorOf(["guest1"], join(BASE, "empty")), /^empty: there is no bus\/ap in it: /);
    assert.match(
      await errorOf(["guest1"], join(BASE, "missing")),
      /^missing: no such file or directory; understood is /,
    );
    assert.equal(
      await errorOf(["guest1"], "lab:nobody"),
      'lab:nobody: no lab "nobody" is running; "apmatrix lab list" shows those that are',
    );
    assert.match(await errorOf(["guest1"], "lab:"), /^lab:: no lab is running; /);
    assert.match(await errorOf(["guest1"], "lab:a/b"), /^lab:a\/b: "a\/b" is not a name for a lab/);
  });

  it("says which files of a /sys could not be read", {
    skip: nobodySkip(),
  }, async () => {
    const source = await openSource(HOST);
    assert.ok(source.ok);
    const sys = freshDirectory(BASE, "sys");
    copyToDirectory(source.value.sysfs, sys);
    chmodSync(RUN, 0o755);
    chmodSync(join(sys, "bus/ap/apmask"), 0o600);
    const { program } = programForAll(BASE);
    const asNobody = { run: freshDirectory(BASE, "nobody"), prefix: NOBODY, program };
    chmodSync(asNobody.run, 0o777);
    const seen = await apmatrix(["explain", ONE, "--from", sys], asNobody);
    assert.match(seen.stderr, /bus\/ap\/apmask could not be read: EACCES/);
    chmodSync(join(sys, "bus/ap"), 0o700);
    const refused = await apmatrix(["explain", ONE, "--from", sys], asNobody);
    assert.deepEqual([refused.code, refused.stdout], [1, ""]);
    assert.match(
      refused.stderr,
      /^apmatrix: [^\n]*bus\/ap in it cannot be read \(EACCES\): become a user who may read it\n$/,
    );
  });
});
