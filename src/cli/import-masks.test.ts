// Masks as people have them: lines of chzdev copied from a terminal, what its tools print, and the command line of a kernel.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorOf, file, shortened } from "../testing/support/named-files.ts";
import { type ImportOptions, importFiles } from "./import-command.ts";

const imported = async (path: string, options: ImportOptions = {}) => {
  const { text, warnings } = await importFiles([path], options);
  return { text, warnings: warnings.map(shortened) };
};
const importError = (path: string, options: ImportOptions = {}) => errorOf(() => importFiles([path], options));

const BARE = file(
  "bare.yaml",
  "cards: [{ id: 0x0c, type: CEX8C }, { id: 0x0d, type: CEX8P }]\ndomains: [0x17, 0x18]\n",
);

/** A text, the masks that it leaves on a host that had none, and what is said of it. */
type Told = readonly [
  what: string,
  text: string,
  apmask?: string | undefined,
  aqmask?: string | undefined,
  warned?: RegExp | undefined,
];

const masksOf = async (name: string, text: string, options: ImportOptions = {}) => {
  const { text: description, warnings } = await imported(file(name, text), { into: BARE, ...options });
  const [, apmask] = /apmask: "(.*)"/.exec(description) ?? [];
  const [, aqmask] = /aqmask: "(.*)"/.exec(description) ?? [];
  return { apmask, aqmask, warnings };
};
describe("lines of chzdev as they are copied from a terminal", () => {
  const cases: readonly Told[] = [
    ["with its answer", "# chzdev -t ap apmask=-0xc-0xd\nap device type configured\n", "-0xc-0xd"],
    [
      "with notes and other commands",
      "[root@kvm2 ~]# modprobe vfio_ap\n[root@kvm2 ~]# chzdev -t ap apmask=-13 aqmask=-0x18 -V\nap device type configured\n    Changes: apmask=-13 aqmask=-0x18\nNote: The initial RAM-disk must be updated for these changes to take effect:\n       - AP device type\n[root@kvm2 ~]# cat /sys/bus/ap/apmask\n0xfffbffff\n[root@kvm2 ~]# ",
      "-0xd",
      "-0x18",
    ],
    ["already done", "$ sudo chzdev ap -t apmask=-12\nap device type already configured\n", "-0xc"],
    ["without a prompt, with its answer", "chzdev -t ap apmask=-12\nap device type configured\n", "-0xc"],
    ["in quotes of both kinds", `chzdev -t ap 'apmask=-12,-13' aqmask="-0x17"`, "-0xc-0xd", "-0x17"],
    ["with a backslash before a blank", "chzdev -t\\\n ap apmask=-1\\2", "-0xc"],
    ["over several lines", "chzdev -t ap \\\n  apmask=-12 \\ \n  aqmask=-23\n", "-0xc", "-0x17"],
    [
      "over several lines behind prompts",
      "# chzdev -t ap \\\n> apmask=-12 \\\n> aqmask=-23\n# date\n",
      "-0xc",
      "-0x17",
    ],
    [
      "two in a line",
      "chzdev -t ap apmask=-12 && chzdev -t ap aqmask=-0x17; chzdev -t ap apmask=+12,-13",
      "-0xd",
      "-0x17",
    ],
    ["with short options together", "chzdev -at ap apmask=-12\nchzdev -pVt ap aqmask=-23 -y\n", "-0xc", "-0x17"],
    ["-pe together, which reads as -p -e", "# chzdev -pe -t ap apmask=-12", "-0xc"],
    ["with long options, and their beginnings", "chzdev --active --typ ap --no-root apmask=-12", "-0xc"],
    ["in a script", "#!/bin/sh\nset -eu\nif ! chzdev -t ap apmask=-12 >/dev/null 2>&1; then\n  exit 1\nfi\n", "-0xc"],
    [
      "through sudo and env, with output away",
      "LANG=C sudo -E env A=b /sbin/chzdev -t ap apmask=-12 &>>/tmp/log",
      "-0xc",
    ],
    ["in a quoted mail", "> # chzdev -t ap apmask=-12\n> ap device type configured\n", "-0xc"],
    [
      "with other prompts",
      "(venv) kvm2:~ # chzdev -t ap apmask=-12\nroot@kvm2:~#chzdev -t ap aqmask=-23\n",
      "-0xc",
      "-0x17",
    ],
    [
      "with prompts of other shells",
      "sh-5.2$ chzdev -t ap apmask=-12\nkvm2:~> sudo chzdev -t ap aqmask=-23\n",
      "-0xc",
      "-0x17",
    ],
    ["with a comma too many", "chzdev -t ap apmask=-12,,-13,", "-0xc-0xd"],
    [
      "among other commands",
      "#!/bin/bash\nmodprobe vfio_ap\nsystemctl stop x | cat\nchzdev -t ap apmask=-12\n",
      "-0xc",
      undefined,
      /among.*:2:1: left out, as it sets no mask: "modprobe vfio_ap" and 2 more commands$/,
    ],
    [
      "after a text for another command",
      "cat > /tmp/note <<EOF\nIt's about cards;\nEOF\nchzdev -t ap apmask=-12\n",
      "-0xc",
      undefined,
      /:1:1: left out, as it sets no mask: "cat"$/,
    ],
    [
      "for other devices",
      "chzdev -e dasd 0.0.1234\nchzdev -t ap apmask=-12\n",
      "-0xc",
      undefined,
      /:1:1: left out: it is about "dasd", not about ap$/,
    ],
    [
      "tried first",
      "# chzdev -t ap --dry-run apmask=-13\nStarting dry-run, configuration will not be changed\n# chzdev -t ap apmask=-12\n",
      "-0xc",
      undefined,
      /:1:3: left out: --dry-run changes nothing$/,
    ],
    [
      "in a loop",
      "for a in 1; do chzdev -t ap apmask=-12; done\n",
      "-0xc",
      undefined,
      /:1:16: taken as run, although a condition or a loop decides whether it runs$/,
    ],
  ];
  for (const [what, text, apmask, aqmask, warned] of cases) {
    it(`are read: ${what}`, async () => {
      const read = await masksOf(`${what.replace(/\W+/g, "-")}.txt`, text);
      assert.deepEqual([read.apmask, read.aqmask], [apmask, aqmask]);
      if (warned) assert.match(read.warnings.join("\n"), warned);
      else assert.deepEqual(read.warnings, []);
    });
  }

  const refused: readonly (readonly [text: string, expected: RegExp])[] = [
    [
      "# chzdev -t ap apmask=-12\nchzdev: apmask conflicts with mdev 1 APQN 12.23\n",
      /:2:1: expected commands that did something, found "chzdev: apm/,
    ],
    ["# chzdev -t ap apmask=x\nap device type configure failed\n", /:2:1: expected commands that did something/],
    ["chzdev -t ap apmask=-12\necho -13 > /sys/bus/ap/apmask\n", /:2:1: .*found "echo -13", which sets a mask as well/],
    ["chzdev -t ap apmask=-12\necho -13 | tee /sys/bus/ap/aqmask\n", /:2:12: .*which sets a mask as well/],
    ["chzdev -t ap apmask=-12\nssh kvm3 chzdev -t ap apmask=-13\n", /:2:1: .*found "ssh kvm3 chzdev/],
    [
      "chzdev -t ap apmask=-12\nssh kvm3 <<'END'\nchzdev -t ap apmask=-13\nEND\n",
      /:2:1: expected a command line of chzdev, found "ssh kvm3"/,
    ],
    ["chzdev -t ap apmask=-12\nsu -c 'chzdev -t ap apmask=-13'\n", /:2:1: .*found "su -c chzdev/],
    ["chzdev -t ap apmask=-$CARD\n", /:1:21: expected changes .* found "-\$CARD"/],
    ["chzdev -t ap apmask='-12\n", /:1:21: expected a closing ', found none/],
    ["chzdev -t ap --remove apmask -p\n", /:1:14: expected an option that sets masks, found "--remove"/],
    ["chzdev -pr apmask -t ap\n", /:1:8: expected an option that sets masks, found "-r"/],
    ["chzdev ap apmask=-12\n", /:1:1: expected "-t ap" in the line, found "ap" without -t/],
    ["chzdev -t ap apmsk=-12\n", /:1:14: expected apmask=... or aqmask=..., found "apmsk=-12"/],
    ["chzdev -t ap\n", /:1:1: expected a line of chzdev that sets apmask or aqmask, found none/],
  ];
  for (const [text, expected] of refused)
    it(`are refused: ${JSON.stringify(text)}`, async () => {
      assert.match(await importError(file("refused.txt", text), { into: BARE }), expected);
    });
});

describe("what tools of chzdev tell", () => {
  const EXPORTED = "# Generated by chzdev on kvm2\n[active ap]\napmask=0-11,13-255\naqmask=0-255\n";
  const TABLE = `DEVICE TYPE ap
  Description        : Cryptographic Adjunct Processor (AP) device
  Modules            : ap
  Active             : yes
  Persistent         : yes

  ATTRIBUTE  ACTIVE              PERSISTENT
  apmask     "0-11,14-255"       "0-11,14-255"
  aqmask     "0-22,25-255"       -
`;
  const DIFFER = /^told.txt: apmask is another one at the next boot \(persistent\): the active one is taken$/;
  const cases: readonly Told[] = [
    ["an export", EXPORTED, "-0xc"],
    ["an export of both", `${EXPORTED}\n[persistent ap]\napmask=0-11,13-255\n`, "-0xc"],
    ["an export of what differs", `${EXPORTED}\n[persistent ap]\napmask=0-12,14-255\n`, "-0xc", undefined, DIFFER],
    ["what the next boot sets alone", "[persistent ap]\naqmask=0-22,24-255\n", undefined, "-0x17"],
    ["an export with other devices", `[persistent dasd-eckd 0.0.1a00]\nonline=1\n\n${EXPORTED}`, "-0xc"],
    ["an export on the terminal", `# chzdev -t ap --export -\nExporting data to standard output\n${EXPORTED}`, "-0xc"],
    ["an export without a bit", '[active ap]\napmask=""\naqmask=0-255\n', "-0-0xff"],
    ["a table", TABLE, "-0xc-0xd", "-0x17-0x18"],
    ["a table after a prompt", `[root@kvm2 ~]# lszdev -t ap -i\n${TABLE}[root@kvm2 ~]#\n`, "-0xc-0xd", "-0x17-0x18"],
    [
      "a table of what is active",
      TABLE.replace(/ PERSISTENT.*/, "").replace(/ +("0-11,14-255"|-)$/gm, ""),
      "-0xc-0xd",
      "-0x17-0x18",
    ],
    [
      "pairs",
      'TYPE="ap"\nMODULES="ap"\nACTV="yes"\nPERS="yes"\nATTRIBUTE="apmask" ACTIVE="0-12,14-255" PERSISTENT=""\n',
      "-0xd",
    ],
    [
      "pairs of what is persistent",
      'TYPE="ap"\nACTV="no"\nATTRIBUTE="aqmask" PERSISTENT="0-23,25-255"\n',
      undefined,
      "-0x18",
    ],
    [
      "a table without settings",
      "DEVICE TYPE ap\n  Active             : no\n\n  No settings found\n",
      undefined,
      undefined,
      /says no mask/,
    ],
  ];
  for (const [what, text, apmask, aqmask, warned] of cases) {
    it(`is read: ${what}`, async () => {
      const read = await masksOf("told.txt", text);
      assert.deepEqual([read.apmask, read.aqmask], [apmask, aqmask]);
      assert.match(read.warnings.join("\n"), warned ?? /^$/);
    });
  }

  const refused: readonly (readonly [text: string, expected: RegExp])[] = [
    ["[active ap]\napmask=0-255x\n", /:2:8: expected a number 0..0xff, found "255x"/],
    ["[active ap]\napmsk=0-255\n", /:2:1: expected apmask or aqmask, found "apmsk": did you mean apmask\?/],
    ["[auto ap]\napmask=0\n", /:1:1: expected \[active ap\] or \[persistent ap\], found "\[auto ap\]"/],
    ["# Generated by chzdev on kvm2\napmask=0-255\n", /:2:1: expected a section such as \[active ap\] first/],
    ["[active ap]\nall of it\n", /:2:1: expected a section .* or a setting/],
    [`${EXPORTED}chzdev -t ap apmask=-13\n`, /:5:1: expected what lszdev or chzdev --export prints and no commands/],
    [TABLE.replace('"0-22,25-255"', ""), /:9:3: expected a row of 3 cells, found 2/],
  ];
  for (const [text, expected] of refused)
    it(`is refused: ${JSON.stringify(text.slice(0, 60))}`, async () => {
      assert.match(await importError(file("told.txt", text), { into: BARE }), expected);
    });
});

describe("a kernel command line", () => {
  const all = `0x${"f".repeat(64)}`;
  const cases: readonly Told[] = [
    ["both masks", `root=/dev/dasda1 ap.apmask=0xfff7${"f".repeat(60)} ap.aqmask=+0-255 quiet\n`, "-0xc"],
    ["a short mask, whose other bits are off", "ap.aqmask=0xffff", undefined, "-0x10-0xff"],
    ["the last of a name", `ap.apmask=0x0 "ap.apmask=${all}" -- ap.apmask=0x0`],
    [
      "changes, which start with no bit on",
      "ap.apmask=-12",
      "-0-0xff",
      undefined,
      /line:1:1: "ap.apmask=-12" leaves all bits off/,
    ],
    [
      "a mistake, which leaves no bit on",
      "quiet ap.apmask=1-5",
      "-0-0xff",
      undefined,
      /line:1:7: "ap.apmask=1-5" is no mask/,
    ],
    [
      "what has no place here",
      `ap.domain=6 ap.apmask=${all}`,
      undefined,
      undefined,
      /line:1: left out: a description has no ap.domain \("6"\)/,
    ],
    ["nothing of it", "root=/dev/dasda1 quiet", undefined, undefined, /line: left out: it sets no mask/],
  ];
  for (const [what, text, apmask, aqmask, warned] of cases) {
    it(`is read where it is named so: ${what}`, async () => {
      const read = await masksOf("line", text, { as: ["cmdline"] });
      assert.deepEqual([read.apmask, read.aqmask], [apmask, aqmask]);
      assert.match(read.warnings.join("\n"), warned ?? /^$/);
    });
  }

  it("leaves files of other kinds what they are", async () => {
    const rule = file("rules/41-ap.rules", 'ATTR{../../bus/ap/aqmask}="-0x17"\n');
    const line = file("line", `ap.apmask=0xfff7${"f".repeat(60)}`);
    const { text } = await importFiles([BARE, rule, line], { as: ["cmdline"] });
    assert.match(text, /apmask: "-0xc"\n +aqmask: "-0x17"/);
    assert.match(
      await importError(file("zipl.conf", 'parameters="root=/dev/dasda1 ap.apmask=0xff"\n'), { as: ["cmdline"] }),
      /^zipl.conf:1:1: expected parameters of the kernel, found "parameters" with several in quotes: import the text/,
    );
  });
});
