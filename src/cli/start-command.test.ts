// npm start, after the installation: the tour, then a lab with its page.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { BUNDLE_DIRECTORY } from "../page/server/bundle.ts";
import { killLabs, stays } from "../testing/support/lab-command.ts";
import { PageClient, urlIn } from "../testing/support/page-client.ts";
import { PROGRAM } from "../testing/support/program.ts";
import { freshDirectory, temporaryDirectory } from "../testing/support/temporary.ts";

const parent = temporaryDirectory();
const hasPage = existsSync(join(BUNDLE_DIRECTORY, "index.html"));
after(killLabs);

/** What is printed to be tried, without what it is said to show. */
const commandsIn = (stdout: string): readonly string[] =>
  [...stdout.matchAll(/^ {2}(npx .*?) {3}# /gm)].map(([, command]) => command as string);

/** As in a terminal, with this program for npx. */
async function shell(command: string, run: string): Promise<string> {
  const script = command.replaceAll("npx apmatrix", `"${process.execPath}" "${PROGRAM}"`);
  const { stdout } = await promisify(execFile)("sh", ["-c", script], { env: { ...process.env, APMATRIX_RUN: run } });
  return stdout;
}

describe("start", () => {
  it("tells the story, brings a lab up, and says where its page is and what to try", async () => {
    const place = { run: freshDirectory(parent, "run") };
    const lab = await stays(["start"], place, /Try in another terminal[^\n]*\n(?: {2}\S[^\n]*\n){3}/);
    const { stdout } = lab.output;
    assert.match(stdout, /^lab start ready: /m);
    assert.equal(/in a browser[^\n]*:\n {2}http:\/\/127\.0\.0\.1:\d+\/\S*\n/.test(stdout), hasPage);
    if (hasPage) assert.equal((await PageClient.open(urlIn(stdout))).info.source, "lab:start");
    const shown = await Promise.all(
      commandsIn(stdout)
        .slice(0, 2)
        .map((command) => shell(command, place.run)),
    );
    assert.equal(shown[0]?.match(/^\d mdev .*, guest guest[1-4], running$/gm)?.length, 4, shown[0]);
    assert.match(shown[1] ?? "", /^04\.0004 {2}domain-not-in-host: /);
    const last = commandsIn(stdout)[2] ?? "";
    assert.match(await shell(last, place.run), /05\.0047 {2}queue-unbound: [\s\S]*05\.00ff {2}adapter-filtered: /);
    const mount = /^lab start ready: (\/.*)$/m.exec(stdout)?.[1];
    assert.equal((await lab.stop("SIGINT")).code, 0);
    if (mount !== undefined) assert.equal(existsSync(mount), false, "nothing is left behind");
  });
});
