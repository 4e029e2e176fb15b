// apmatrix lab: a live /sys for tools, on any Linux machine. Each subcommand has a file of its own.
import { type Command, Option } from "commander";
import { DEFAULT_PROFILE } from "../system/vfio-ap/profiles.ts";
import { labDown, labList, labPage } from "./lab-admin.ts";
import { EVENTS_HELP, labEvent } from "./lab-event.ts";
import { labExec } from "./lab-exec.ts";
import { type LabRunOptions, labRun } from "./lab-run.ts";
import { type LabUpOptions, labUp } from "./lab-up.ts";
import { exitWith } from "./outcome.ts";
import { addWebOptions, argumentBehindWeb } from "./web-options.ts";

const labOption = (): Option => new Option("--name <name>", "which lab; not needed if there is only one");

export function addLabCommand(program: Command): void {
  const lab = program
    .command("lab")
    .enablePositionalOptions()
    .description("a host that lives: mount its /sys, run tools on it, change its machine");
  const up = lab
    .command("up")
    .description("bring a lab up and stay until it is told to go (SIGTERM, SIGINT, lab down)")
    .argument("[host]", "a host description")
    .option("--mount <directory>", "mount its /sys here; the directory is empty")
    .option("--name <name>", "what to call it", "lab")
    .option("--journal <directory>", "keep a journal, and go on where it ends")
    .option("--profile <profile>", "the kernel it runs", DEFAULT_PROFILE.name)
    .option("--replay <trace>", "begin with the operations of a trace, or after HOST with those of a plan")
    .option("--uevents", "send uevents in a network namespace of the lab's own")
    .option(
      "--guests",
      "every guest has a Linux of its own, as with guests in HOST: DIRECTORY/host, DIRECTORY/guests/NAME",
    )
    .option("--no-timer", "scan only when told to")
    .option("--transport <kind>", "how to read from the kernel: epoll or relay", "epoll");
  addWebOptions(up, "serve its page, at 127.0.0.1 and any port if not told otherwise")
    .option("--no-web", "serve no page, which is the default")
    .action((host: string | undefined, options: LabUpOptions) => exitWith(labUp(...argumentBehindWeb(host, options))));
  lab
    .command("exec")
    .description("run a command that sees the lab as its /sys")
    .addOption(labOption())
    .option("--net", "in the lab's network namespace, where its uevents are")
    .option("--guest <name>", "inside this guest (g1, or g1/g2 for a guest of a guest)")
    .option("--timeout <seconds>", "end it and all that it has started after this time, with exit code 124")
    .argument("<command...>", "the command and its arguments, after --")
    .passThroughOptions()
    .action((command: string[], options) => exitWith(labExec(command, options)));
  lab
    .command("run")
    .description("bring a lab up, run a command in it, take it down, and end with the command's exit code")
    .option("--profile <profile>", "the kernel it runs", DEFAULT_PROFILE.name)
    .option("--name <name>", "what to call it; without it run- and a number")
    .option("--journal <directory>", "keep a journal, and go on where it ends")
    .option("--net", "with uevents, and in the network namespace where they are")
    .option("--guests", "every guest has a Linux of its own")
    .option("--guest <name>", "inside this guest, which has one (g1, or g1/g2 for a guest of a guest)")
    .option("--no-timer", "scan only when told to")
    .option("--timeout <seconds>", "end the command and all that it has started after this time, with exit code 124")
    .argument("<host>", "a host description")
    .argument("<command...>", "the command and its arguments, after --")
    .action((host: string, command: string[], options: LabRunOptions) => exitWith(labRun(host, command, options)));

  lab
    .command("event")
    .description("change the machine or a guest of a running lab")
    .addOption(labOption())
    .option("--guest <name>", "what happens inside this guest (g1, or g1/g2 for a guest of a guest)")
    .argument(
      "<event...>",
      'words ("card 04 standby", "machine loses domain 0047"), a JSON operation, or - for JSON Lines on stdin',
    )
    .addHelpText("after", EVENTS_HELP)
    .action((words: string[], options) => exitWith(labEvent(words, options)));
  lab
    .command("list")
    .description("running labs")
    .action(() => exitWith(labList()));
  lab
    .command("page")
    .description("a link to the page of a lab, good once")
    .addOption(labOption())
    .action((options) => exitWith(labPage(options)));
  lab
    .command("down")
    .description("stop a lab")
    .addOption(labOption())
    .action((options) => exitWith(labDown(options)));
}
