// What the test suites of other projects do to a host, step by step, on labs: Kata Containers, tp-libvirt, and what tp-libvirt cannot
// do on a real machine, taking a domain from a running guest. And the files that the Kubernetes device plug-in reads.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { LabProcess } from "./lab-process.ts";
import { run } from "./run-tool.ts";
import { inOwnRoot, lszcrypt, mdevctl14 } from "./s390-tools.ts";
import { canMount, fetchedTools, ROOT, unless } from "./tools.ts";

const skip = unless(canMount, fetchedTools);
const HOST = join(ROOT, "src", "testing", "clients", "hosts", "one-of-each.yaml");
const UUID = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const MDEV = `devices/vfio_ap/matrix/${UUID}`;

const mdevctl = (lab: LabProcess, ...args: readonly string[]) => mdevctl14(lab, join(lab.work, "conf"), ...args);

describe("flows of other projects", { skip }, () => {
  let lab: LabProcess;
  before(async () => {
    lab = await LabProcess.up(HOST);
  });
  after(() => lab.down());

  it("Kata Containers: a queue to an mdev and back", async () => {
    const flow = await inOwnRoot(lab, ["kata-containers.sh"]);
    assert.deepEqual(flow, { code: 0, stdout: "02.0047 0\n", stderr: "" });
  });

  it("tp-libvirt: chzdev and mdevctl pass one queue through", async () => {
    const flow = await inOwnRoot(lab, ["tp-libvirt.sh", "02.0047"]);
    assert.equal(flow.code, 0, flow.stderr);
    assert.match(flow.stdout, /apmask {5}"0-1,3-255" {4}"0-1,3-255"\n/);
    assert.match(flow.stdout, / matrix vfio_ap-passthrough auto \(defined\)\n/);
  });
});

describe("a domain leaves a guest that runs", { skip }, () => {
  let lab: LabProcess;
  /** Text of an attribute of the mdev, its lines between blanks. */
  const lines = (name: string) => lab.read(`${MDEV}/${name}`).trim().replaceAll("\n", " ");
  before(async () => {
    lab = await LabProcess.up(HOST);
    lab.write("bus/ap/apmask", "-1,-2");
    const definition = join(lab.work, "definition.json");
    const attributes = ["adapter 0x01", "adapter 0x02", "domain 0x0006", "domain 0x0047"];
    await run(["tee", definition], {
      input: JSON.stringify({
        mdev_type: "vfio_ap-passthrough",
        start: "manual",
        attrs: attributes.map((text) => text.split(" ")).map(([kind, value]) => ({ [`assign_${kind}`]: value })),
      }),
    });
    const started = await mdevctl(lab, "start", "-u", UUID, "-p", "matrix", "--jsonfile", definition);
    assert.equal(started.code, 0, started.stderr);
    assert.equal((await lab.event(`start g-alpha ${UUID}`)).r, 0);
  });
  after(() => lab.down());

  it("by unassigning it: the guest goes on with the others", async () => {
    const [whole, rest] = ["01.0006 01.0047 02.0006 02.0047", "01.0006 02.0006"];
    assert.equal(lines("guest_matrix"), whole);
    lab.write(`${MDEV}/unassign_domain`, "0x47");
    assert.equal(lines("matrix"), rest);
    assert.equal(lines("guest_matrix"), rest);
    const { stdout } = await lszcrypt(lab, "-V", "01");
    assert.match(stdout, /^01\.0006 .* in use /m);
    assert.match(stdout, /^01\.0047 .* unassigned /m);
    lab.write(`${MDEV}/assign_domain`, "0x47");
    assert.equal(lines("guest_matrix"), whole);
  });

  it("by taking it from the machine: the assignment stays, and it comes back with the domain", async () => {
    await lab.event("machine loses domain 0047");
    const { apcb } = await lab.event("scan");
    assert.ok(apcb?.["g-alpha"], "the guest has got other masks");
    assert.equal(lines("matrix"), "01.0006 01.0047 02.0006 02.0047");
    assert.equal(lines("guest_matrix"), "01.0006 02.0006");
    assert.doesNotMatch((await lszcrypt(lab, "-V")).stdout, /\.0047/);
    await lab.event("machine gains domain 0047");
    await lab.event("scan");
    assert.equal(lines("guest_matrix"), "01.0006 01.0047 02.0006 02.0047");
  });

  it("with one queue unbound the whole adapter leaves", () => {
    lab.write("bus/ap/drivers/vfio_ap/unbind", "02.0047");
    assert.equal(lines("guest_matrix"), "01.0006 01.0047");
    lab.write("bus/ap/drivers/vfio_ap/bind", "02.0047");
    assert.equal(lines("guest_matrix"), "01.0006 01.0047 02.0006 02.0047");
  });

  it("and mdevctl stop waits until the guest lets go", async () => {
    let isDone = false;
    const stopped = mdevctl(lab, "stop", "-u", UUID).finally(() => {
      isDone = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(isDone, false, "the guest still has it");
    const { done } = await lab.event(`stop g-alpha ${UUID}`);
    assert.equal(done?.length, 1);
    const { code, stderr } = await stopped;
    assert.equal(code, 0, stderr);
  });
});

/** What version 1.2.4 of the plug-in reads for one queue of each card. */
const PLUGIN_READS = {
  bus: ["ap_interrupts", "ap_max_domain_id", "ap_max_adapter_id", "poll_thread", "poll_timeout"],
  card: ["ap_functions", "depth", "hwtype", "raw_hwtype", "type", "online", "request_count"],
  queue: ["online", "request_count", "interrupt", "reset"],
  cca: { card: ["serialnr"], queue: ["mkvps"] },
  ep11: { card: ["API_ordinalnr", "FW_version", "op_modes", "serialnr"], queue: ["mkvps", "op_modes"] },
} as const;

describe("the Kubernetes device plug-in", { skip }, () => {
  it("can read all it looks at", async () => {
    const lab = await LabProcess.up(HOST);
    try {
      const { bus, card, queue, cca, ep11 } = PLUGIN_READS;
      const of = (directory: string, names: readonly string[]) => names.map((name) => `${directory}/${name}`);
      const paths = [
        ...of("bus/ap", bus),
        ...["00", "01", "02"].flatMap((id) => [
          ...of(`devices/ap/card${id}`, card),
          ...of(`devices/ap/card${id}/${id}.0006`, queue),
        ]),
        ...of("devices/ap/card01", cca.card),
        ...of("devices/ap/card01/01.0006", cca.queue),
        ...of("devices/ap/card02", ep11.card),
        ...of("devices/ap/card02/02.0006", ep11.queue),
      ];
      for (const path of paths) assert.match(readFileSync(join(lab.mount, path), "utf8"), /\n$/, path);
      // How it knows the kind of a card, and whether a queue can be used.
      assert.match(lab.read("devices/ap/card01/type"), /^CEX\d+[ACP]\n$/);
      assert.equal(lab.read("devices/ap/card01/01.0006/online"), "1\n");
    } finally {
      await lab.down();
    }
  });
});
