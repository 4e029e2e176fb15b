// apmatrix explain where guests have a Linux of their own: what stands beside the reasons, and a guest that is not there.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { traceFrom } from "../testing/support/hosts.ts";
import { apmatrix, killLabs, labUp } from "../testing/support/lab-command.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const BASE = temporaryDirectory();
after(killLabs);
const SCENARIO = `host adapter 04 05 domain 0004 0047 guest g1=scan guest g1/g2=scan
free adapter 04 05
assign adapter 04 domain 0004 0047
start
in g1: free adapter 04
in g1: assign adapter 04 domain 0004
in g1: start g2 m1
assign adapter 05
unassign domain 0047
`;
const TRACE = join(BASE, "lag.jsonl");
writeFileSync(TRACE, traceFrom(SCENARIO));
const PLAIN = join(BASE, "plain.jsonl");
writeFileSync(PLAIN, traceFrom("host adapter 04 domain 0004\nfree adapter 04\nassign adapter 04 domain 0004\nstart\n"));

const explain = (words: readonly string[], from = TRACE) =>
  apmatrix(["explain", ...words, "--from", from], { run: BASE });

describe("explain where guests have a Linux of their own", () => {
  it("says beside each reason what the guest has and has not noticed", async () => {
    const { stdout, code } = await explain(["g1", "05.0004", "04.0047"]);
    assert.equal(code, 0);
    const lines = stdout.split("\n").map((line) => line.trim());
    assert.ok(lines.includes("g1 has it, and has not noticed yet: it scans every 30 s"), stdout);
    assert.ok(lines.includes("the bus of g1 still shows it, which g1 has no more: it scans every 30 s"), stdout);
  });

  it("lists what guests have not noticed below what is fine", async () => {
    const { stdout } = await explain([]);
    assert.match(
      stdout,
      /can use all 2\n {2}04\.0047 {2}the bus of g1 still shows it.*\n {2}05\.0004 {2}g1 has it, and/,
    );
    const [report] = JSON.parse((await explain(["--format", "json"])).stdout);
    assert.deepEqual(report.not_noticed, ["04.0047", "05.0004"]);
  });

  it("gives the reasons of every host on the way to a guest of a guest", async () => {
    const { stdout } = await explain(["--guest", "g1/g2", "04.0004", "04.0047", "--format", "json"]);
    const queues = JSON.parse(stdout) as { usable: boolean; levels: { guest: string; reason: string }[] }[];
    assert.deepEqual(
      queues.map(({ usable, levels }) => [usable, ...levels.map(({ guest, reason }) => `${guest} ${reason}`)]),
      [
        [true, "g1 plugged", "g1/g2 plugged"],
        [false, "g1 domain-not-assigned", "g1/g2 domain-not-assigned"],
      ],
    );
  });

  it("says nothing of it where guests have none, in the same bytes as before", async () => {
    const { stdout } = await explain(["g1", "--format", "json"], PLAIN);
    assert.deepEqual(JSON.parse(stdout), [{ apqn: "04.0004", plugged: true, reason: "plugged", because: {}, fix: [] }]);
  });

  it("tells in one line that a guest is not there, or that none has a Linux", async () => {
    const gone = await explain(["--guest", "g1/g3"]);
    assert.equal(gone.stderr, 'apmatrix: no guest "g1/g3" runs: did you mean "g1/g2"? there are g1, g1/g2\n');
    const none = await explain(["--guest", "g1"], PLAIN);
    assert.match(none.stderr, /^apmatrix: --guest g1: in .* no guest has a Linux of its own; .*\n$/);
    assert.deepEqual([gone.code, none.code], [1, 1]);
  });

  it("follows a lab whose guests have one", async () => {
    const run = freshDirectory(BASE, "run");
    const host = join(BASE, "host.yaml");
    const uuid = "62177883-f1bb-47f0-914d-32a22e3a8804";
    writeFileSync(
      host,
      `max_adapter: 15\nmax_domain: 0x5f\ncards: [{ id: 4, type: CEX5C }]\ndomains: [4, 0x47]\nmasks: { apmask: "-4" }\nmdevs:\n  - { uuid: ${uuid}, adapters: [4], domains: [4, 0x47], guest: guest1 }\n`,
    );
    const lab = await labUp([host, "--guests", "--profile", "linux-6.12", "--name", "sides"], { run });
    assert.equal((await apmatrix(["lab", "event", "unassign", uuid, "domain", "0047"], { run })).code, 0);
    const { stdout } = await apmatrix(["explain", "guest1", "04.0047", "--from", "lab:sides"], { run });
    assert.match(stdout, /the bus of guest1 still shows it, which guest1 has no more: it scans every 30 s/);
    await lab.stop();
  });
});
