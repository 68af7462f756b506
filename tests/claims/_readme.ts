/**
 * README.md, sentence by sentence: which test shows it, or why none does. A sentence that is new, changed at its beginning or
 * gone makes the test fail until somebody has decided here what stands behind it.
 *
 * @module
 */
import { ci, type Claim, claim, test, there, untested } from "./_evidence.ts";

const demo = test("script/demo", "demo --json delivers three boards online and two offline");
const wires = test("evidence/capture", "no window of the image and no key is on any wire");
const processes = test("evidence/processes", "a whole demo: neither image nor keys");
const ledger = test("unit/authority/store/database", "20 processes on one file: never over-granted");
const clients = test("long/clients", "client processes, then");
const lock = test("evidence/lock", "every delivery proves the lock");
const keptDemo = test("long/demo_keep", "demo --keep: boards, quota, network and power");
const commands = test("claims/commands", "every command of README.md");
const links = test("claims/readme", "what the documents point at is there");
const plan = test("house/architecture", "every package is used only in the rooms that the plan names");

const head: readonly Claim[] = [
  claim("Flashseal lets a manufacturer", processes, ledger),
  claim("One program is both the **authority**", demo),
  claim(
    "![The operator's page on a 7-inch screen",
    test("peers/pages/status_page", "every state, at each size"),
  ),
  claim("With Node.js and npm on a machine", ci("npx -y deno@2.9.6 task test")),
  claim("npx -y deno@2.9.6 task demo", commands, ci("deno task demo"), untested("measured")),
  claim("npx -y deno@2.9.6 task test", ci("npx -y deno@2.9.6 task test")),
  claim("The first run fetches", untested("measured")),
  claim("With Deno 2.9.6 installed", ci("deno task demo")),
  claim(
    "Your own firmware:",
    test("long/demo_formats", "demo --firmware takes"),
    test("script/demo", "refuses a file that does not fit"),
  ),
  claim("Every wire into a folder", commands),
  claim("To play with it afterwards", keptDemo),
  claim("Everything else:", commands),
  claim("Authority and agent run as processes of their own", demo),
  claim("Recorded, shortened", test("script/demo", "what README.md has recorded is said")),
  claim("Recorded: ", test("script/demo", "what README.md has recorded is said")),
  claim("![The owner's page on a phone", test("peers/pages/owner_page", "every page: no serious finding")),
  claim(
    "The operator's page is the agent's",
    test("unit/agent/status/again", "without a PIN nothing can be asked for"),
    test("unit/authority/console/guards", "address × who"),
  ),
  claim(
    "Both in English and Simplified Chinese",
    test("words/translations", "every text of the tree that has English has Chinese"),
    test("unit/agent/status/app", "pages name nothing from elsewhere"),
  ),
  claim(
    "Figures for Prometheus",
    test("script/figures", "every name and label of the rules and the dashboard"),
    test("long/runbook", "a first day with its restore"),
    test("catalogue/page", "ERRORS.md has each refusal"),
  ),
];

const oneDevice: readonly Claim[] = [
  claim("The agent attaches under reset", test("unit/agent/probe/model_probe", "identify() names")),
  claim(
    "A chip it does not know",
    test("unit/bootloader/chips/stm32g0", "strangers are undefined"),
    test("unit/agent/delivery/chip", "refuses a chip that is not blank and not its own"),
  ),
  claim(
    "The authority decides, reserves a unit",
    test("unit/authority/issuance/delivery", "refused before a unit is touched"),
    demo,
  ),
  claim(
    "The agent writes the **bootloader**",
    test("simulation/budget", "the bootloader keeps to 7,000 bytes of flash"),
    test("evidence/refusals", "a bootloader that is altered while it is written"),
  ),
  claim(
    "The bootloader locks the chip.",
    test("simulation/start", "options and lock are set in one option write"),
  ),
  claim(
    "The agent proves the lock from outside",
    lock,
    test("evidence/lock", "no key is asked for, the unit stays reserved"),
  ),
  claim(
    "Chip and authority agree keys",
    test("unit/bootloader/suite/noise", "the published vector, both sides"),
    wires,
  ),
  claim(
    "The bootloader takes encrypted chunks",
    test("simulation/transfer", "the first word is last"),
    test("simulation/transfer", "a right outer tag around a wrong inner tag writes nothing"),
    test("simulation/delivery", "a delivery of 8,192 bytes overwrites the whole bootloader"),
  ),
  claim(
    "The authority checks the receipt",
    test("unit/authority/ledger/units", "decideReceipt() commits once"),
  ),
  claim("Who can see what:", untested("reason")),
  claim(
    "![Owner's machine, authority, appliance and target chip",
    test("peers/pages/picture", "the picture keeps each word"),
    wires,
    processes,
    test("simulation/transfer", "message 2's keys are not in RAM before it"),
    untested("limit"),
  ),
];

const stick = test("script/carrier", "lend, export, carry, import without a network");
const mixed = test(
  "unit/agent/sync/carriers_property",
  "HTTPS and files mixed, cut off, doubled, swapped and lost",
);

const onAStick: readonly Claim[] = [
  claim("flashseal agent export", stick),
  claim("flashseal owner carry", stick),
  claim("flashseal agent import", stick),
  claim(
    "The files hold the same signed requests",
    mixed,
    test("unit/agent/sync/stick", "no file holds a secret"),
  ),
  claim("Losing one, carrying it twice", mixed),
  claim("An appliance that never had a network", test("unit/agent/sync/stick", "three trips")),
  claim(
    "New keys of the server, denied chips",
    test("unit/agent/sync/stick_epochs", "a restored authority hears by file"),
  ),
  claim("Only enrolment needs a network", untested("limit")),
];

const today: readonly Claim[] = [
  claim("True today;", test("claims/readme", "every sentence of README.md")),
  claim("**The online path**", demo, test("evidence/ledger", "a retry of the same chip costs no unit")),
  claim("**One ledger**", ledger, clients),
  claim("**The lock is proven**", lock),
  claim(
    "Refusals have a cause",
    test("catalogue/causes", "a delivery ends by it"),
    test("evidence/link_refusals", "refused:"),
  ),
  claim("**Every wire can be captured**", wires, processes),
  claim(
    "**Offline work**",
    test("unit/agent/control/offline", "makes two devices offline, waits when the allowance is used up"),
  ),
  claim("The same **sync by files on a stick**", mixed),
  claim(
    "**What people decide**",
    test("unit/authority/issuance/rework", "a rework takes no unit"),
    test("unit/authority/issuance/renewal", "gets nothing until a person approves"),
    test("unit/agent/control/offline", "a chip that the owner has denied is refused offline as well"),
    test("unit/agent/control/offline", "chips scanned ahead are delivered offline"),
  ),
  claim(
    "**Power may fail**",
    test("evidence/power_cut_install", "power cut before, in and after the flash operations of install"),
    test("evidence/power_cut_transfer", "power cut"),
    test("chaos/kills", "every delivery ends right by itself"),
    test("chaos/kills", "a chip whose agent is killed at each key is named"),
  ),
  claim(
    "**A disk that was put back or copied**",
    test("long/put_back", "a disk put back from before"),
    test("unit/authority/issuance/record_head", "frozen at its first word"),
  ),
  claim(
    "**A change of the ticket and log keys**",
    test("script/keys", "a running server and a running appliance go on"),
  ),
  claim(
    "**Backup and restore of the authority**",
    test("script/restore", "backup, restore, new-epoch"),
    test("chaos/restore", "a backup taken in the middle"),
  ),
  claim("Spin models", test("peers/proofs/spin", "models of units, leases, returns")),
];

const notYet: readonly Claim[] = [
  claim("Not yet:", untested("limit")),
  claim("**No silicon.**", untested("limit")),
  claim(
    "Everything has run on the bundled model",
    test("peers/mcu/qemu", "executes random programs as QEMU does"),
    untested("limit"),
  ),
  claim("No real probe driver yet", untested("limit")),
  claim("**Offline is as strong", untested("limit")),
  claim(
    "Vault `file` *finds* double spending",
    test("long/put_back", "double spending is found"),
    untested("limit"),
  ),
  claim("Vault `tpm` is designed", untested("limit")),
  claim(
    "An appliance is not restored from a backup",
    test("unit/agent/control/offline", "a copied disk is found at its first sync"),
  ),
  claim("**Chips:**", test("script/usage", "chips lists names that --chip takes")),
  claim("Device class C, lock class 2", test("script/usage", "chips says lock class, device class"), links),
  claim(
    "T-1 there is the limit",
    test("conformance/threats", "one paragraph says what it means for an owner"),
  ),
  claim("**Languages.**", untested("limit")),
  claim(
    "English and Simplified Chinese on both pages",
    test("peers/pages/longer_words", "have no English left in Chinese"),
    untested("limit"),
  ),
  claim("**Commands that are planned", test("claims/commands", "commands that are planned are not there")),
  claim("**The compiled binary.**", untested("limit")),
  claim("`deno task compile` makes", ci("deno task compile")),
  claim("Where it cannot, it says so", ci("deno task compile")),
  claim("That the compiled file itself starts", untested("limit")),
  claim("Not FIPS", untested("limit")),
];

const published = untested("published");

const beside: readonly Claim[] = [
  claim("What could be read in public material", published),
  claim(
    "Flashseal | a unique ID",
    test("simulation/budget", "the bootloader keeps to 7,000 bytes"),
    test("evidence/ledger", "a retry of the same chip"),
  ),
  claim("SEGGER Flasher Secure", published),
  claim("ST SFI", published),
  claim("NXP EdgeLock", published),
  claim("IAR Secure Deploy", published),
  claim("Microchip SPPS", published),
  claim("What several of them have", untested("limit")),
];

const map: readonly Claim[] = [
  claim(
    "[`bootloader/`]",
    there("bootloader/PROTOCOL.md"),
    there("bootloader/mcu/mod.ts"),
    there("bootloader/firmware/README.md"),
  ),
  claim(
    "`authority/` |",
    there("authority/api"),
    there("authority/ledger"),
    there("authority/signer"),
    there("authority/store"),
    there("authority/log"),
    there("authority/http"),
    there("authority/console"),
    there("authority/owner/README.md"),
  ),
  claim(
    "[`agent/`]",
    there("agent/probe"),
    there("agent/link"),
    there("agent/journal"),
    there("agent/vault"),
    there("agent/sync"),
    there("agent/delivery"),
    there("agent/control"),
    there("agent/metrics"),
    there("agent/status"),
  ),
  claim("[`figures/`]", there("figures/mod.ts"), test("house/architecture", "every import follows the plan")),
  claim(
    "[`deploy/`]",
    there("deploy/cli"),
    there("deploy/demo"),
    there("deploy/compile"),
    there("deploy/systemd"),
    there("deploy/prometheus"),
    there("deploy/grafana"),
    there("deploy/examples"),
  ),
  claim(
    "`tests/` | all evidence",
    there("tests/house/house_plan.ts"),
    test("house/architecture", "every import follows the plan"),
  ),
  claim("Words:", untested("reason")),
];

const packages: readonly Claim[] = [
  claim(
    "@std/cli |",
    test("script/usage", "--help describes itself"),
    test("script/mistakes", "with exit code"),
  ),
  claim(
    "@std/crypto |",
    test("unit/bootloader/suite/wycheproof", "no mismatch on either implementation"),
    test("unit/bootloader/suite/noise", "the published vector"),
  ),
  claim("@std/streams |", demo, test("unit/authority/http/signature", "release content comes in ranges")),
  claim("hono |", test("unit/authority/http/app", "mounts every route of the contract")),
  claim("@noble/curves |", plan),
  claim("@noble/ciphers |", plan),
  claim("deno-sqlite |", ledger, clients),
  claim(
    "Further packages, each pinned",
    test("house/architecture", "every package of the import map is imported"),
    plan,
  ),
  claim("Tests only:", test("house/architecture", "every package of the import map is imported")),
];

const maintainers: readonly Claim[] = [
  claim("`deno task ok`", commands, ci("deno fmt --check"), ci("deno lint"), ci("deno check .")),
  claim("`deno task bench`", commands, untested("measured")),
  claim("`deno task soak`", ci("task soak")),
  claim("`deno task peers`", ci("task peers")),
  claim("`deno task firmware --check`", ci("deno task firmware --check")),
  claim("`.ci/run` does all of it", ci("task peers")),
  claim("Why things are as they are", untested("reason")),
  claim("Apache-2.0.", there("LICENSE")),
];

/** What README.md says, in its order, and what stands behind it. */
export const README_CLAIMS: readonly Claim[] = [
  ...[...head, ...oneDevice, ...onAStick, ...today, ...notYet],
  ...[...beside, ...map, ...packages, ...maintainers],
];
