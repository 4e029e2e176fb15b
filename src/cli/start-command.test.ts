// npm start, after the installation: the tour, then a lab with its page.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { BUNDLE_DIRECTORY } from "../page/server/bundle.ts";
import { killLabs, stays } from "../testing/support/lab-command.ts";
import { PageClient, urlIn } from "../testing/support/page-client.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
const hasPage = existsSync(join(BUNDLE_DIRECTORY, "index.html"));
after(killLabs);

describe("start", () => {
  it("tells the story, brings a lab up, and says where its page is and what to try", async () => {
    const place = { run: freshDirectory(parent, "run") };
    const lab = await stays(["start"], place, /Try in another terminal[^\n]*\n(?: {2}\S[^\n]*\n){3}/);
    const { stdout } = lab.output;
    assert.match(stdout, /^lab start ready: /m);
    assert.equal(/in a browser[^\n]*:\n {2}http:\/\/127\.0\.0\.1:\d+\/\S*\n/.test(stdout), hasPage);
    if (hasPage) assert.equal((await PageClient.open(urlIn(stdout))).info.source, "lab:start");
    const mount = /^lab start ready: (\/.*)$/m.exec(stdout)?.[1];
    assert.equal((await lab.stop("SIGINT")).code, 0);
    if (mount !== undefined) assert.equal(existsSync(mount), false, "nothing is left behind");
  });
});
