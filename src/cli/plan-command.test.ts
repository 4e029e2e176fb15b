// apmatrix plan as its user meets it: the JSON, the trace, and one line with its place for everything that is wrong.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { UserError } from "../guards/user-error.ts";
import { type PlanOptions, plan } from "./plan-command.ts";

const directory = mkdtempSync(join(tmpdir(), "apmatrix-plan-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const ONE = "62177883-f1bb-47f0-914d-32a22e3a8804";
const TWO = "62177883-f1bb-47f0-914d-32a22e3a8805";

const HOST = `max_adapter: 15
max_domain: 0x5f
cards: [{ id: 4, type: CEX5C }, { id: 5, type: CEX5C }]
domains: [4, 0x47, 0x54]
masks: { apmask: "-4,-6" }
unbound: [04.0054]
mdevs:
  - { uuid: ${ONE}, adapters: [4], domains: [4, 0x47], guest: guest1 }
  - { uuid: ${TWO}, adapters: [6], domains: [0x54] }
`;

const file = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const host = file("host.yaml", HOST);
const run = (text: string, more: Partial<PlanOptions> = {}) =>
  plan(file("desired.yaml", text), { from: host, format: "json", ...more });

/** The line after the file's name. */
async function errorOf(text: string, more: Partial<PlanOptions> = {}): Promise<string> {
  try {
    await run(text, more);
  } catch (error) {
    assert.ok(error instanceof UserError, `${error}`);
    return error.message.replace(`${join(directory, "desired.yaml")}:`, "");
  }
  return assert.fail("it was not refused");
}

const mdev = (rest: string): string => `mdevs:\n  - uuid: ${ONE}\n    ${rest}\n`;

describe("apmatrix plan", () => {
  it("prints the plan as data", async () => {
    const { lines, changes } = await run(mdev("domains: [4, 0x47, 0x54]"));
    assert.equal(changes, true);
    assert.deepEqual(JSON.parse(lines.join("")), {
      changes: true,
      steps: [
        { path: "bus/ap/drivers/vfio_ap/bind", value: "04.0054" },
        { path: `devices/vfio_ap/matrix/${ONE}/assign_domain`, value: "0x54" },
      ],
      mdevs: [
        {
          uuid: ONE,
          name: "guest1",
          running: true,
          before: ["04.0004", "04.0047"],
          after: ["04.0004", "04.0047", "04.0054"],
          lost: [],
          zeroized: [],
          updates: 1,
          missing: [],
        },
      ],
      host: { loses: [] },
    });
  });

  for (const profile of ["linux-7.3", "linux-6.12", "linux-6.8"]) {
    it(`says what the usual write would take away and zeroize, and binds first, under ${profile}`, async () => {
      const { lines } = await run(mdev("domains: [4, 0x47, 0x54]"), { format: "text", profile });
      assert.deepEqual(lines.slice(0, 9), [
        `~ mdev ${ONE} (guest1): guest runs`,
        "    + 04.0054",
        "    no loss; guest updates: 1",
        "    assigned as it stands it would lose 04.0004 04.0047; zeroized: 04.0004 04.0047",
        "",
        "1  echo 04.0054 > /sys/bus/ap/drivers/vfio_ap/bind",
        `2  echo 0x54 > /sys/devices/vfio_ap/matrix/${ONE}/assign_domain`,
        `   guest of ${ONE} (guest1): 04.0004 04.0047 04.0054`,
        "",
      ]);
    });
  }

  it("says in numbers what the masks of ap_config are", async () => {
    const { lines } = await run(mdev("adapters: []\n    domains: []\n    control_domains: [4]"), { format: "text" });
    assert.match(lines.join("\n"), /ap_config\n {3}that is no adapters; no domains; control domains 0004\n/);
  });

  it("says that there is nothing to do", async () => {
    const { lines, changes } = await run(mdev("domains: [4, 71]"), { format: "text" });
    assert.equal(changes, false);
    assert.match(lines.join("\n"), /^Nothing to do/m);
  });

  it("writes a trace of the steps alone", async () => {
    const out = join(directory, "plan.jsonl");
    await run(mdev("domains: [4, 0x47, 0x54]"), { out });
    const lines = readFileSync(out, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual([lines.length, lines[0].profile, lines[1].x], [3, "linux-7.3", { r: 7 }]);
    assert.equal(lines[2].x.apcb.guest1.length, 3);
  });

  it("says why a trace cannot be written, and what helps", async () => {
    const outs: readonly (readonly [string, RegExp])[] = [
      [join(directory, "none", "plan.jsonl"), /none\/plan\.jsonl: there is no directory .*\/none: make it first$/],
      [directory, /: is a directory: name a file in it$/],
    ];
    for (const [out, expected] of outs) {
      await assert.rejects(run(mdev("domains: [4]"), { out }), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, expected);
        return true;
      });
    }
  });

  it("takes queues for adapters and domains, if they are all of some adapters times domains", async () => {
    assert.equal((await run(mdev("queues: [04.0004, 04.0047]"))).changes, false);
    assert.match(await errorOf(mdev("queues: [04.0004, 05.0047]")), /^3:13: .*found no 04\.0047/);
  });

  it("shows in docs/plan.md what it prints", async () => {
    const page = readFileSync(new URL("../../docs/plan.md", import.meta.url), "utf8");
    const { lines } = await run(mdev("domains: [4, 0x47, 0x54]"), { format: "text" });
    const [, example] = /```text\n([^`]*)```/.exec(page) ?? [];
    assert.equal(example, `${lines.join("\n")}\n`);
  });
});

describe("apmatrix plan, with bad input", () => {
  const cases: readonly (readonly [string, string, RegExp, Partial<PlanOptions>?])[] = [
    ["an unknown member", mdev("adaptors: [4]"), /^3:5: .*"adaptors": did you mean "adapters"\?$/],
    ["an unknown member at the top", "mdev: []\n", /^1:1: .*"mdev": did you mean "mdevs"\?$/],
    ["a leading zero", mdev("domains: [0047]"), /^3:15: .*decimal 47 or hex 0x47\?/],
    ["a number above all", mdev("domains: [256]"), /^3:15: .*found "256"$/],
    ["no YAML", "mdevs: [\n", /^2:1: expected YAML/],
    ["a uuid twice", `mdevs:\n  - { uuid: ${ONE} }\n  - { uuid: ${ONE} }\n`, /^3:13: expected each uuid once/],
    [
      "two mdevs with one queue",
      `mdevs:\n  - { uuid: ${ONE}, adapters: [4], domains: [4] }\n  - { uuid: ${TWO}, adapters: [4], domains: [4] }\n`,
      /^3:5: expected each queue in one mdev, found 04\.0004.*take it out of one of them$/,
    ],
    [
      "a queue of an mdev not named",
      mdev("{ADAPTERS}").replace("{ADAPTERS}", "adapters: [4, 6]\n    domains: [0x54]"),
      /^2:5: .*found 06\.0054: mdev .*: name it with what it is to keep \(or remove it with --prune: no guest runs there\)$/,
    ],
    ["an adapter above the maximum", mdev("adapters: [0x10]"), /^3:15: expected an adapter up to 0xf.* found 0x10/],
    ["a domain above the maximum", mdev("control_domains: [0x60]"), /^3:22: expected a domain up to 0x5f.* found 0x60/],
    ["a queue of the host", mdev("adapters: [4, 5]"), /^2:5: the host owns 05\.0004: .*masks.*overrides/],
    [
      "overrides without them",
      `${mdev("domains: [4]")}host: { free_by: overrides }\n`,
      /^4:18: linux-6\.12 has no driver_override: use free_by: masks$/,
      { profile: "linux-6.12" },
    ],
    [
      "overrides beside masks",
      `${mdev("adapters: [4, 5]")}host: { free_by: overrides }\n`,
      /^4:18: driver_override is refused while/,
    ],
    [
      "another way to free",
      "host: { free_by: magic }\n",
      /^1:18: expected a way to free queues \(masks, overrides, nothing\), found "magic"$/,
    ],
    [
      "another machine",
      mdev("adapters: [10, 11]\n    domains: [0x10, 0x11]"),
      /^1:8: .*for another machine\? name its host with --from$|^2:3: .*for another machine\?/,
    ],
    [
      "a kernel that changes no running guest",
      mdev("domains: [4]"),
      /^2:5: .*EBUSY: linux-5\.19 changes nothing while the guest runs/,
      { profile: "linux-5.19" },
    ],
  ];
  for (const [what, text, expected, more] of cases) {
    it(`refuses ${what}`, async () => assert.match(await errorOf(text, more), expected));
  }

  it("names a file or a source that is not there", async () => {
    await assert.rejects(
      plan(join(directory, "none.yaml"), { from: host, format: "json" }),
      /none\.yaml: no such file/,
    );
    assert.match(await errorOf("mdevs: []\n", { from: "/no/such/thing" }), /^\/no\/such\/thing: no such file/);
    assert.match(await errorOf("mdevs: []\n", { format: "xml" }), /unknown format "xml"/);
  });
});

describe("--out of apmatrix plan", () => {
  const want = mdev("domains: [4, 0x47, 0x54]");

  it("replaces an older plan, also one that was cut, and an empty file", async () => {
    const out = file("older.jsonl", '{"trace":"plan","format":1');
    await run(want, { out });
    const made = readFileSync(out, "utf8");
    await run(want, { out });
    assert.equal(readFileSync(out, "utf8"), made);
    await run(want, { out: file("empty", "") });
  });

  it("replaces nothing else, and none of what the plan is made of", async () => {
    const others = { "notes.txt": "mine", "trace.jsonl": '{"trace":"lab","format":1}\n', "other.yaml": want };
    for (const [name, text] of Object.entries(others)) {
      const out = file(name, text);
      assert.equal(
        await errorOf(want, { out }),
        `--out ${out}: it is there and is not a plan; remove it, or name another file`,
      );
      assert.equal(readFileSync(out, "utf8"), text);
    }
    for (const out of [join(directory, "desired.yaml"), host, `${directory}/./host.yaml`])
      assert.match(await errorOf(want, { out }), /the plan is made of .*, which it would replace; name another file$/);
  });
});

describe("a desired mdev without a uuid", () => {
  const made = async (text: string) => {
    const { lines, warnings } = await run(text);
    const { mdevs } = JSON.parse(lines.join("")) as { mdevs: readonly { uuid: string }[] };
    return { uuids: mdevs.map(({ uuid }) => uuid), warnings: warnings.filter((one) => one.includes("made up")) };
  };

  it("gets one from its name, the same each time, and it is told", async () => {
    const one = await made("mdevs:\n  - { name: web, control_domains: [4] }\n");
    const two = await made("mdevs:\n  - { name: web, control_domains: [5] }\n");
    assert.match(one.uuids[0] ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.deepEqual(two.uuids, one.uuids);
    assert.match(
      one.warnings.join(),
      /desired\.yaml:2:5: the mdev has no uuid, so \S+ was made up from its name; write it/,
    );
  });

  it("gets one from what it has if it has no name, and two have two", async () => {
    const { uuids, warnings } = await made("mdevs: [{ control_domains: [4] }, { control_domains: [4] }]\n");
    assert.equal(new Set(uuids).size, 2);
    assert.match(warnings[1] ?? "", /from what it has: with other numbers it is another mdev/);
  });

  it("shares no queue with another one", async () => {
    const both = "mdevs: [{ adapters: [5], domains: [4] }, { adapters: [5], domains: [4] }]\n";
    assert.match(await errorOf(both), /expected each queue in one mdev, found 05\.0004/);
  });
});
