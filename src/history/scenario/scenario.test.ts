// Every scenario under every kernel that it is for; and the language itself: what cannot be read is told with its place, what does not
// come out as written is told as a failure.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { violations } from "../../system/vfio-ap/invariants.ts";
import { PROFILES, profileNamed } from "../../system/vfio-ap/profiles.ts";
import { parseScenario } from "./parse-scenario.ts";
import { CHECK_VERBS } from "./read-check.ts";
import { type Failure, runScenario } from "./run-scenario.ts";
import { profilesOf, type Scenario } from "./scenario.ts";

const SCENARIOS = new URL("../../../scenarios/", import.meta.url);

const files = readdirSync(SCENARIOS, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".scenario"))
  .sort();

function scenarioFrom(text: string): Scenario {
  const parsed = parseScenario(text);
  if (!parsed.ok) assert.fail(`${parsed.error.line}:${parsed.error.column}: expected ${parsed.error.expected}`);
  return parsed.value;
}

const describeFailure = ({ line, expected, came }: Failure): string =>
  `line ${line.line}: ${line.text}\n  expected: ${expected}\n  came:     ${came}`;

/** What goes wrong with the only kernel that a text is for. */
function failuresOf(text: string): readonly Failure[] {
  const scenario = scenarioFrom(text);
  const [profile, ...others] = profilesOf(scenario);
  assert.deepEqual(others, []);
  assert.ok(profile);
  return runScenario(scenario, profile).failures;
}

describe("the scenarios of the repository", () => {
  it("are there", () => {
    for (const folder of ["mail", "kernel-doc", "further", "rules", "found", "guest"]) {
      assert.ok(
        files.some((file) => file.startsWith(`${folder}/`)),
        `scenarios/${folder}`,
      );
    }
  });

  for (const file of files) {
    const parsed = parseScenario(readFileSync(new URL(file, SCENARIOS), "utf8"));
    if (!parsed.ok) {
      it(file, () => {
        assert.fail(`${file}:${parsed.error.line}:${parsed.error.column}: expected ${parsed.error.expected}`);
      });
      continue;
    }
    const scenario = parsed.value;
    it(`${file} says what it shows, and looks at it`, () => {
      assert.match(scenario.title, /^\S.{10,}[^.]$/);
      assert.ok(scenario.lines.some(({ step }) => step.kind === "check"));
    });
    for (const profile of profilesOf(scenario)) {
      it(`${scenario.title} [${profile.name}]`, () => {
        const broken: string[] = [];
        const { failures } = runScenario(scenario, profile, (host, line) => {
          for (const { name, knownBug } of violations(host)) {
            if (knownBug === undefined) broken.push(`line ${line.line}: ${line.text}\n  does not hold: ${name}`);
          }
        });
        const wrong = [...failures.map(describeFailure), ...broken];
        assert.ok(wrong.length === 0, `${file} under ${profile.name}\n${wrong.join("\n")}`);
      });
    }
  }

  it("run under every kernel", () => {
    const run = new Set(
      files.flatMap((file) => profilesOf(scenarioFrom(readFileSync(new URL(file, SCENARIOS), "utf8")))),
    );
    assert.deepEqual(
      PROFILES.filter((profile) => !run.has(profile)).map(({ name }) => name),
      [],
    );
  });
});

describe("a scenario that cannot be read", () => {
  const HOST = "host adapter 04 domain 0004\n";
  const MISTAKES: readonly (readonly [what: string, text: string, line: number, column: number, expected: RegExp])[] = [
    ["no line at all", "# Title\n\n", 1, 1, /begins with host/],
    ["a line before the host", "start\n", 1, 1, /host, first/],
    ["a second host", `${HOST}host adapter 05\n`, 2, 1, /the host once, first/],
    ["an unknown verb", `${HOST}  hotplug adapter 04\n`, 2, 3, /an action \(host, .*\) or a check .*; not "hotplug"/],
    [
      "an unknown profile",
      `profiles A=v11 B=linux-4.20\n${HOST}`,
      1,
      16,
      /a profile, one of linux-7\.3, .*"linux-4\.20"/,
    ],
    ["a label twice", `profiles A=v11 A=v12\n${HOST}`, 1, 16, /label "A" only once/],
    ["no profile", `profiles\n${HOST}`, 1, 9, /LABEL=PROFILE/],
    ["profiles too late", `${HOST}profiles v11\n`, 2, 1, /profiles once, before all else/],
    ["an unknown label", `profiles A=v11 B=v12\n${HOST}A,C: start\n`, 3, 1, /of A, B; not "C"/],
    ["an adapter that is none", `${HOST}assign adapter 4\n`, 2, 16, /an adapter such as 04, not "4"/],
    ["a domain of two digits", `${HOST}assign adapter 04 domain 47\n`, 2, 26, /a domain such as 0047, not "47"/],
    ["an assignment of nothing", `${HOST}assign\n`, 2, 7, /adapter, domain or control and their numbers/],
    ["words too many", `${HOST}start g1 m1 again\n`, 2, 13, /the end of the line, not "again"/],
    ["an mdev that nobody made", `${HOST}start g1 m2\n`, 2, 12, /an mdev that was created before, not "m2"/],
    ["an unknown error", `${HOST}start => EFAIL\n`, 2, 10, /one of EPERM, .*, not "EFAIL"/],
    ["no outcome", `${HOST}start =>\n`, 2, 9, /done, blocked, rc and a code/],
    ["a response code that is none", `${HOST}interrupts-on 04.0004 => rc 7\n`, 2, 29, /two hex digits, not "7"/],
    ["an outcome after a check", `${HOST}guest nothing => done\n`, 2, 15, /no outcome after a check/],
    ["a check without what it expects", `${HOST}shadow m1\n`, 2, 10, /queues, \.0047, 04\., nothing/],
    ["a queue in another form", `${HOST}status 4.4 assigned\n`, 2, 8, /a queue such as 04\.0047, not "4\.4"/],
    ["a status that is none", `${HOST}status 04.0004 free\n`, 2, 16, /unassigned, assigned, in use or an error/],
    ["a number of updates that is none", `${HOST}updates many\n`, 2, 9, /a number, not "many"/],
    ["an echo to nowhere", `${HOST}echo 5\n`, 2, 7, /text, then > and a path/],
    ["a text that does not end", `${HOST}write bus/ap/apmask "-5\n`, 2, 21, /a text in double quotes/],
    ["a character that is not a byte", `${HOST}write bus/ap/apmask "\\u0100"\n`, 2, 21, /characters up to/],
    ["a UUID that is none", `name m1 1234\n${HOST}`, 1, 9, /its UUID, not "1234"/],
    [
      "a state that no card has",
      `${HOST}card 04 broken\n`,
      2,
      9,
      /standby, configured, checkstopped, repaired or type/,
    ],
    ["an unknown part of a scan", `${HOST}scan half\n`, 2, 6, /the end of the line, not "half"/],
    ["an unknown option of the host", "host adapter 04 domain 0004 fast\n", 1, 29, /max, type, mode, .*, not "fast"/],
  ];
  for (const [what, text, line, column, expected] of MISTAKES) {
    it(`is told with its place: ${what}`, () => {
      const parsed = parseScenario(text);
      assert.ok(!parsed.ok, "it was read");
      assert.match(parsed.error.expected, expected);
      assert.deepEqual({ line: parsed.error.line, column: parsed.error.column }, { line, column });
    });
  }

  it("lists all known profiles if it names another one", () => {
    const parsed = parseScenario(`profiles linux-1.0\n${HOST}`);
    assert.ok(!parsed.ok);
    for (const { name } of PROFILES) assert.ok(parsed.error.expected.includes(name), name);
  });
});

describe("a scenario that does not come out as written", () => {
  /** One wrong line for each kind of check, and what is seen instead. */
  const WRONG: Readonly<Record<(typeof CHECK_VERBS)[number], readonly [line: string, came: string]>> = {
    guest: ["guest nothing", "04.0004"],
    "guest-control": ["guest-control 0002", "0001"],
    shadow: ["shadow .0004", "04.0004"],
    matrix: ["matrix 04.", "04.0004"],
    control: ["control none", "0001"],
    status: ["status 04.0004 assigned", "in use"],
    driver: ["driver 04.0004 cex4queue", "vfio_ap"],
    interrupts: ["interrupts none", "04.0004"],
    resets: ["resets none", "04.0004"],
    released: ["released none", "04.0004"],
    updates: ["updates 7", "0"],
    order: ["order update", "reset"],
    signals: ["signals request", ""],
    uevents: ["uevents ap:APMASK=0x", ""],
    warnings: ["warnings 04.0004", ""],
    finished: ["finished 1", "0"],
    cat: ['cat $m1/matrix "04.\\n"', '"04.0004\\n"'],
    ends: ['ends $m1/matrix "5\\n"', '"4\\n"'],
    size: ["size $m1/matrix 7", "8"],
    ls: ["ls /sys/class/mdev_bus none", "matrix"],
    explain: ["explain 04.0004 host-owned fix 1", "plugged"],
  };
  const RUNNING = [
    "host adapter 04 domain 0004 control 0001",
    "free adapter 04",
    "assign adapter 04 domain 0004 control 0001",
    "start",
    "interrupts-on 04.0004",
    "reset",
    "",
  ].join("\n");

  for (const verb of CHECK_VERBS) {
    it(`is told as a failure of ${verb}`, () => {
      const [line, came] = WRONG[verb];
      // Interrupts go off with the reset, so they are looked at when they are on again.
      const before = verb === "interrupts" ? "interrupts-on 04.0004\n" : "";
      const failures = failuresOf(`${RUNNING}${before}${line}\n`);
      assert.deepEqual(
        failures.map((failure) => [failure.line.text, failure.came]),
        [[line, came]],
      );
      assert.notEqual(failures[0]?.expected, came);
    });
  }

  const OUTCOMES: readonly (readonly [line: string, expected: string, came: string])[] = [
    ["start g2 m1", "done", "EBUSY"],
    ["start g2 m1 => EPERM", "EPERM", "EBUSY"],
    ["unassign adapter 05 => ENODEV", "ENODEV", "done"],
    ["remove", "done", "blocked"],
    ["stop => blocked", "blocked", "done"],
    ["interrupts-on 04.0004 => rc 07", "rc 07", "rc 00"],
    ["assign adapter 05 06 => EADDRNOTAVAIL", "done", "EADDRNOTAVAIL"],
  ];
  for (const [line, expected, came] of OUTCOMES) {
    it(`is told as a failure of the action: ${line}`, () => {
      const [failure] = failuresOf(`${RUNNING}${line}\n`);
      assert.ok(failure, "no failure was told");
      assert.deepEqual([failure.line.text, failure.expected, failure.came], [line, expected, came]);
      assert.equal(failure.line.line, 7);
    });
  }

  it("tells all that went wrong, not just the first", () => {
    const failures = failuresOf(`${RUNNING}guest nothing\nmatrix nothing\nguest 04.0004\nstart => done\n`);
    assert.deepEqual(
      failures.map(({ line }) => line.line),
      [7, 8, 10],
    );
  });
});

describe("the lines of a scenario", () => {
  it("are for the kernels that their labels name, and a kernel may have several labels", () => {
    const scenario = scenarioFrom(`profiles A=v11 B=v11-aqm both=v11,v11-aqm linux-7.3
host adapter 04 domain 0004
free adapter 04
A: guest nothing
B,linux-7.3: matrix .0099
both: status 04.0004 assigned
driver 04.0004 none
`);
    const failing = (name: string) => {
      const profile = profileNamed(name);
      assert.ok(profile);
      return runScenario(scenario, profile).failures.map(({ line }) => line.line);
    };
    assert.deepEqual(failing("v11"), [4, 6, 7]);
    assert.deepEqual(failing("v11-aqm"), [5, 6, 7]);
    assert.deepEqual(failing("linux-7.3"), [5, 7]);
    assert.deepEqual(
      profilesOf(scenario).map(({ name }) => name),
      ["v11", "v11-aqm", "linux-7.3"],
    );
  });

  it("run under the newest kernel if nothing is said", () => {
    assert.deepEqual(
      profilesOf(scenarioFrom("host adapter 04\n")).map(({ name }) => name),
      ["linux-7.3"],
    );
  });

  it("may give ranges, comments and labels without changing what they say", () => {
    const scenario = scenarioFrom(`# Title
host adapter 04-06 domain 0004  # a comment after two blanks
free adapter 04-06
# Another comment
linux-7.3: assign adapter 04-06 domain 0004-0005
`);
    assert.equal(scenario.title, "Title");
    assert.deepEqual(
      scenario.lines.map(({ line }) => line),
      [2, 3, 5],
    );
    const { step } = scenario.lines[2] as Scenario["lines"][number];
    assert.ok(step.kind === "action");
    assert.deepEqual(
      step.operations.map((operation) => operation.op === "write" && operation.value),
      ["0x4\n", "0x5\n", "0x6\n", "0x4\n", "0x5\n"],
    );
  });

  it("make the first mdev by themselves only if no line does", () => {
    assert.deepEqual(failuresOf("host adapter 04\nmatrix m1 nothing\nmdev m1 => EEXIST\n"), []);
    assert.deepEqual(failuresOf("host adapter 04\nmdev m1\nmatrix m1 nothing\nmdev m1 => EEXIST\n"), []);
  });

  it("may call an mdev by its UUID", () => {
    const uuid = "62177883-f1bb-47f0-914d-32a22e3a8804";
    const text = `host adapter 04\nmdev ${uuid}\nstart g1 ${uuid}\nls /sys/bus/mdev/devices ${uuid}\nstop g1 ${uuid}\n`;
    assert.deepEqual(failuresOf(text), []);
  });

  it("may name an mdev that a file makes", () => {
    const uuid = "62177883-f1bb-47f0-914d-32a22e3a8804";
    const create = "/sys/devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough/create";
    const text = `name m7 ${uuid}\nhost adapter 04\nmatrix m7 ENOENT\necho ${uuid} > ${create}\nmatrix m7 nothing\n`;
    assert.deepEqual(failuresOf(text), []);
    assert.equal(scenarioFrom(text).mdevs.get("m7"), uuid);
  });
});
