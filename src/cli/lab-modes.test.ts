// chmod, chown and utime on a lab's mount, by the tools that people use: what they say is done is done, as in a real sysfs, and lasts as
// long as the object.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { hostFile } from "../testing/support/hosts.ts";
import { killLabs, labUp } from "../testing/support/lab-command.ts";
import { mountSkip } from "../testing/support/precondition.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const run = promisify(execFile);
const parent = temporaryDirectory();
const skip = await mountSkip();
after(killLabs);

describe("the mount of a lab", { skip }, () => {
  it("keeps modes, owners and times until the object is gone", async () => {
    const sys = freshDirectory(parent, "sys");
    const lab = await labUp([hostFile("kernel-doc-guests"), "--mount", sys, "--no-timer"], {
      run: freshDirectory(parent, "run"),
    });
    const shell = async (script: string): Promise<string> => {
      const { stdout } = await run("sh", ["-c", script], { cwd: sys, timeout: 60_000 });
      return stdout.trim();
    };
    const stat = (path: string, format: string): Promise<string> => shell(`stat -c '${format}' ${path}`);
    assert.equal(await shell("chmod 440 bus/ap/apmask && stat -c %a bus/ap/apmask"), "440");
    assert.equal(await shell("(echo -5 > bus/ap/apmask) 2>&1 | grep -o 'Permission denied'"), "Permission denied");
    await shell("chmod 200 bus/ap/poll_thread; ! cat bus/ap/poll_thread");
    await shell("chmod 600 bus/ap/apmask && echo -5 > bus/ap/apmask");
    await shell("chmod 666 bus/ap/ap_max_domain_id; ! echo 1 > bus/ap/ap_max_domain_id");
    assert.equal(await stat("bus/ap/ap_max_domain_id", "%a"), "666", "a mode gives no attribute a way to be written");
    assert.equal(await shell("chmod 750 bus/ap/devices && stat -c %a bus/ap/devices"), "750");
    if (process.getuid?.() === 0 && (await shell("id -u; cat /proc/self/uid_map")).includes("4294967295")) {
      assert.equal(await shell("chown 12:34 bus/ap/aqmask && stat -c '%u %g' bus/ap/aqmask"), "12 34");
    }
    await shell("touch -a -d '2001-02-03 04:05:06.789 UTC' bus/ap/aqmask");
    await shell("touch -m -d '1950-01-01 00:00:00 UTC' bus/ap/aqmask");
    assert.equal(await shell("TZ=UTC stat -c '%x %Y' bus/ap/aqmask"), "2001-02-03 04:05:06.789000000 +0000 -631152000");
    // The kernel forgets what it knows of the file.
    await shell("[ $(id -u) != 0 ] || (echo 2 > /proc/sys/vm/drop_caches) 2>/dev/null || true");
    assert.equal(await stat("bus/ap/apmask", "%a"), "600");
    const [type, uuid] = [
      "devices/vfio_ap/matrix/mdev_supported_types/vfio_ap-passthrough",
      "a4b1c2d3-0000-4000-8000-000000000001",
    ];
    const mdev = `devices/vfio_ap/matrix/${uuid}`;
    await shell(`echo ${uuid} > ${type}/create; chmod 400 ${mdev}/matrix ${mdev}/remove; chmod 600 ${mdev}/remove`);
    assert.equal(await stat(`${mdev}/matrix`, "%a"), "400");
    await shell(`echo 1 > ${mdev}/remove; echo ${uuid} > ${type}/create`);
    assert.equal(await stat(`${mdev}/matrix`, "%a"), "444");
    await lab.stop();
  });
});
