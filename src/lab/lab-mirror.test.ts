// A lab that is mounted nowhere, seen and written to from another process; and one that dies meanwhile.

import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { UserError } from "../guards/user-error.ts";
import { openSource } from "../sources/open-source.ts";
import { formatSourceError } from "../sources/source.ts";
import { observeHost } from "../system/sysfs/observe.ts";
import { DEFAULT_PROFILE, profileNamed } from "../system/vfio-ap/profiles.ts";
import { hostFile } from "../testing/support/hosts.ts";
import { killLabs, labUp } from "../testing/support/lab-command.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const run = freshDirectory(temporaryDirectory(), "run");
process.env.APMATRIX_RUN = run;
after(killLabs);

describe("a lab as a source", () => {
  it("is read and written without a mount, knows its guests, and is gone when it dies", async () => {
    const lab = await labUp([hostFile("kernel-doc-guests"), "--name", "alone", "--no-timer"], { run });
    const opened = await openSource("lab:alone");
    const still = await openSource(hostFile("kernel-doc-guests"));
    assert.ok(opened.ok && still.ok);
    const source = opened.value;
    assert.deepEqual([source.isLive, source.profile?.name], [true, DEFAULT_PROFILE.name]);
    assert.deepEqual(observeHost(source.sysfs), observeHost(still.value.sysfs));
    const names = () => [...(source.guests ?? new Map()).values()].map(({ name }) => name as string).sort();
    assert.deepEqual(names(), ["Guest1", "Guest2", "Guest3"]);

    const told = new Promise<void>((resolve) => void source.watch(resolve));
    const [uuid = ""] = source.guests?.keys() ?? [];
    const waits = source.sysfs.write(`devices/vfio_ap/matrix/${uuid}/remove`, "1");
    assert.deepEqual(waits, { ok: true, value: { bytes: 1, outcome: "waits" } });
    const gone = source.sysfs.read(`devices/vfio_ap/matrix/${uuid}/matrix`);
    assert.equal(gone.ok ? "" : gone.errno, "ENOENT");
    // What waits below /sys is known all the same.
    assert.equal(names().length, 3);
    await told;

    await lab.stop("SIGKILL");
    assert.throws(
      () => {
        // What was seen a moment ago may be seen once more.
        for (const end = Date.now() + 2000; Date.now() < end; ) source.sysfs.read("bus/ap/apmask");
      },
      (error) => error instanceof UserError && /^lab "alone" is out of reach: /.test(error.message),
    );
    const again = await openSource("lab:alone");
    assert.ok(!again.ok && /no lab "alone" is running/.test(formatSourceError(again.error)));
  });

  it("has one kernel, which nobody can replace", async () => {
    const lab = await labUp([hostFile("kernel-doc"), "--name", "old", "--profile", "linux-6.8"], { run });
    const refused = await openSource("lab:old", profileNamed("linux-6.0"));
    assert.ok(!refused.ok && "message" in refused.error);
    assert.equal(
      refused.error.message,
      "it runs linux-6.8, which --profile linux-6.0 cannot replace: leave --profile out",
    );
    const same = await openSource("lab:old", profileNamed("linux-6.8"));
    assert.ok(same.ok);
    same.value.close();
    await lab.stop();
  });
});
