// A guest gets a domain of which one queue is not bound: what it loses, why, and which writes make it whole.
//
//   npm install apmatrix && node lost-queue.mjs
import { bootHost } from "apmatrix";

const uuid = "7a2c1d3e-0001-4c58-9b1e-5f0c0a6d0001";
const host = bootHost(
  `
cards:
  - { id: 0x04, type: CEX7C }
  - { id: 0x05, type: CEX7C }
domains: [0x0004, 0x0047, 0x0054]
masks: { apmask: "-4,-5" }
mdevs:
  - { uuid: ${uuid}, adapters: [0x04, 0x05], domains: [0x0004, 0x0047], guest: guest1 }
`,
  { file: "host.yaml" },
);

const mdev = `/sys/devices/vfio_ap/matrix/${uuid}`;
const guestMatrix = () => host.read(`${mdev}/guest_matrix`).t.trim().split("\n").join(" ");

console.log("guest1 has", guestMatrix());
host.write("/sys/bus/ap/drivers/vfio_ap/unbind", "04.0054\n");
const { r } = host.write(`${mdev}/assign_domain`, "0x54\n");
console.log(`domain 0054 is assigned: ${r} bytes are taken, and guest1 has`, guestMatrix());

const [{ reason, because, fix }] = host.explain("guest1", ["04.0047"]);
console.log(`04.0047: ${reason}, because of ${because.apqn} (${because.reason})`);
for (const [path, value] of fix) {
  console.log(`  echo ${value} > /sys/${path}`);
  host.write(path, `${value}\n`);
}
console.log("guest1 has", guestMatrix());

const { steps, mdevs } = host.plan(`mdevs: [{ uuid: ${uuid}, adapters: [5], domains: [0x0047] }]`);
console.log(`a plan for less: ${steps.length} write, guest1 has ${mdevs[0].after.join(" ")} then`);
