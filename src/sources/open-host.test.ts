// Opening a host: what is in memory is taken as it is, a /sys is rebuilt under the kernel that its files show, and what cannot be
// used is an answer, not an exception.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { violations } from "../system/vfio-ap/invariants.ts";
import { profileNamed } from "../system/vfio-ap/profiles.ts";
import { copyToDirectory } from "../testing/support/copy-tree.ts";
import { hostFile } from "../testing/support/hosts.ts";
import { openHost } from "./open-host.ts";
import { formatSourceError } from "./source.ts";

const BASE = mkdtempSync(join(tmpdir(), "apmatrix-open-host-"));
after(() => rmSync(BASE, { recursive: true, force: true }));

async function opened(from: string, profile?: string) {
  const host = await openHost(from, profile === undefined ? undefined : profileNamed(profile));
  assert.ok(host.ok, host.ok ? "" : formatSourceError(host.error));
  return host;
}

describe("opening a host", () => {
  it("takes one that is in memory as it is, with nothing to say about its kernel", async () => {
    const { value, warnings } = await opened(hostFile("kernel-doc-guests"));
    assert.deepEqual([value.host.profile.name, value.host.state.mdevCount, warnings], ["linux-7.3", 3, []]);
  });

  it("rebuilds a /sys under the kernel that its files show, and says so", async () => {
    const { value } = await opened(hostFile("kernel-doc-guests"), "linux-6.0");
    copyToDirectory(value.sysfs, BASE);
    const rebuilt = await opened(BASE);
    assert.equal(rebuilt.value.host.profile.name, "linux-6.0");
    assert.deepEqual(violations(rebuilt.value.host), []);
    assert.equal(rebuilt.warnings[0], `${BASE}: kernel linux-6.0, by its files`);
    assert.equal((await opened(BASE, "linux-6.8")).warnings[0], `${BASE}: kernel linux-6.8`);
  });

  it("answers what is wrong with a source that cannot be used", async () => {
    const none = await openHost(join(BASE, "nowhere"));
    assert.ok(!none.ok && /^.*nowhere: no such file or directory; understood is /.test(formatSourceError(none.error)));
  });
});
