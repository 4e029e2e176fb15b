// Plans that somebody has changed: refused as a whole before the first write.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { hostFile } from "../support/hosts.ts";
import { type Attack, checkSaid, checkSecret, command, inParallel, place, SECRET, withLab } from "./attack.ts";

const HOST = hostFile("kernel-doc");
const UUIDS = [4, 5, 6].map((n) => `62177883-f1bb-47f0-914d-32a22e3a880${n}`);
const MATRIX = "devices/vfio_ap/matrix";
const WANTED = `host: { free_by: masks }\nmdevs:\n${UUIDS.map((uuid, n) => `  - { uuid: ${uuid}, adapters: [5], domains: [${[4, 71, 171][n]}] }\n`).join("")}`;

interface Step {
  path: string;
  value: string;
  readonly [member: string]: unknown;
}

/** Paths that no plan may name, each in the last step: whatever comes before it must not be written either. */
const PATHS: readonly string[] = [
  "../../VICTIM",
  "/VICTIM",
  "VICTIM",
  `${MATRIX}/../../../../VICTIM`,
  `${MATRIX}/${UUIDS[0]}/../../../../../VICTIM/remove`,
  "../VICTIM/remove",
  "/tmp/x/remove",
  "remove",
  `${MATRIX}/${UUIDS[0]}/remove/../../../../x`,
  `${MATRIX}/${UUIDS[0]}/remove\0/x`,
  `\0${MATRIX}/${UUIDS[0]}/remove`,
  `${MATRIX}/${UUIDS[0]}/remove\n`,
  `${MATRIX}/${UUIDS[0]}//remove`,
  `./${MATRIX}/${UUIDS[0]}/remove`,
  `${MATRIX}/${UUIDS[0]}/./assign_adapter`,
  `${MATRIX}/${UUIDS[0]}/power/control`,
  `${MATRIX}/${UUIDS[0]}/assign_adapterx`,
  `${MATRIX}/${UUIDS[0]}/assign_adapter/`,
  `${MATRIX}/..${UUIDS[0]}/assign_adapter`,
  `${MATRIX}/$(id)/remove`,
  `${MATRIX}/${"a".repeat(36)}/remove`,
  `${MATRIX}/${UUIDS[0]}/${"a".repeat(5000)}`,
  "a/".repeat(5000),
  "bus/ap/drivers/../../../kernel/x/bind",
  "bus/ap/drivers/x/../vfio_ap/bind",
  "bus/pci/drivers/vfio-pci/bind",
  "kernel/uevent_helper",
  "class/net/lo/ifalias",
  "bus/ap/ap_domain",
  "bus/ap/drivers_autoprobe",
  "devices/ap/card05/online",
  "",
];

/** Other things that are wrong with a plan. */
const CHANGES: Readonly<Record<string, (lines: readonly string[]) => readonly string[]>> = {
  "a step is missing": (lines) => lines.slice(0, -1),
  "a step comes twice": (lines) => [...lines, lines.at(-1) as string],
  "another start": ([head = "", ...steps]) => [head.replace(/"start":\{/, '"start":{"09":"configured",'), ...steps],
  "no start": ([head = "", ...steps]) => [head.replace('"start"', '"begin"'), ...steps],
  prototypes: ([head = "", ...steps]) => [
    head.replace(/"start":\{/, '"start":{"__proto__":"x","constructor":"y",'),
    ...steps,
  ],
  "another operation": (lines) =>
    lines.map((line, at) => (at === 1 ? line.replace('"op":"write"', '"op":"hw"') : line)),
  "another profile": ([head = "", ...steps]) => [head.replace(/"profile":"[^"]*"/, '"profile":"x"'), ...steps],
  "members twice": (lines) =>
    lines.map((line, at) =>
      at === lines.length - 1
        ? line.replace('"op":', '"path":"/etc/x","op":').replace(/,"path":"(?!\/etc)[^"]*"/, "")
        : line,
    ),
  "nothing but its head": ([head = ""]) => [head],
  deep: (lines) => [...lines.slice(0, -1), `{"op":"write","path":${"[".repeat(50_000)}`],
};

async function tryPlans(ground: Parameters<Attack["run"]>[0]): Promise<string> {
  const { at, options } = place(ground);
  const [mount, journal] = [at("sys"), at("journal")];
  mkdirSync(mount);
  mkdirSync(journal, { mode: 0o700 });
  writeFileSync(at("victim"), SECRET);
  mkdirSync(at("evil"));
  symlinkSync(at("victim"), at("evil/remove"));
  writeFileSync(at("want.yaml"), WANTED);
  return await withLab([HOST, "--no-timer", "--mount", mount, "--journal", journal], options, async () => {
    const made = await command(["plan", at("want.yaml"), "--from", mount, "--out", at("plan")], options);
    assert.equal(made.code, 0, made.stderr);
    const [head = "", ...lines] = readFileSync(at("plan"), "utf8").trimEnd().split("\n");
    assert.ok(lines.length >= 3, "the plan has steps");
    const written = (): number => readFileSync(`${journal}/journal.jsonl`, "utf8").split("\n").length;
    const before = written();
    const names = readdirSync(at("."));
    const withPath = (path: string): readonly string[] => {
      const step = JSON.parse(lines.at(-1) as string) as Step;
      return [
        head,
        ...lines.slice(0, -1),
        JSON.stringify({ ...step, path: path.replace("VICTIM", at("evil").slice(1)), value: "evil\n" }),
      ];
    };
    const plans: readonly (readonly [name: string, lines: readonly string[]])[] = [
      ...PATHS.map((path) => [JSON.stringify(path).slice(0, 80), withPath(path)] as const),
      ...Object.entries(CHANGES).map(([name, change]) => [name, change([head, ...lines])] as const),
    ];
    const tried = ground.isLong ? plans : plans.filter((_, n) => n % 2 === 0);
    await inParallel([...tried.entries()], async ([n, [name, text]]) => {
      writeFileSync(at(`evil/plan${n}`), `${text.join("\n")}\n`);
      const ended = await command(
        ["apply", at(`evil/plan${n}`), "--from", mount, "--lock", at(`evil/lock${n}`)],
        options,
      );
      checkSaid(ended, name);
      assert.deepEqual([ended.code, ended.stdout], [1, ""], `${name}: ${ended.stderr}`);
    });
    assert.equal(written(), before, "something was written to the host");
    checkSecret(at("victim"), "the plans");
    assert.deepEqual(readdirSync(at(".")), names, "something was left behind");
    return `${tried.length} plans`;
  });
}

export const PLANS: readonly Attack[] = [
  {
    name: "a plan that somebody has changed",
    holds: "it is refused as a whole before the first write, in one line",
    run: tryPlans,
  },
];
