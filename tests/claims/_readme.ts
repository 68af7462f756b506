/**
 * README.md, sentence by sentence: which test shows it, or why none does. A sentence that is new, changed or gone makes
 * the test fail until somebody has decided here what stands behind it.
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
  claim("Flashseal lets a manufacturer", "a1e388", processes, ledger),
  claim("One program is both the **authority**", "899939", demo),
  claim(
    "![The operator's page on a 7-inch screen",
    "c918d0",
    test("peers/pages/status_page", "every state, at each size"),
  ),
  claim("With Node.js and npm on a machine", "8d335b", ci("npx -y deno@2.9.6 task test")),
  claim("npx -y deno@2.9.6 task demo", "4c357b", commands, ci("deno task demo"), untested("measured")),
  claim("npx -y deno@2.9.6 task test", "8cab1e", ci("npx -y deno@2.9.6 task test")),
  claim("The first run fetches", "30ad2d", untested("measured")),
  claim("With Deno 2.9.6 installed", "2abef0", ci("deno task demo")),
  claim(
    "Your own firmware:",
    "a1bf72",
    test("long/demo_formats", "demo --firmware takes"),
    test("script/demo", "refuses a file that does not fit"),
  ),
  claim("Every wire into a folder", "806748", commands),
  claim("To play with it afterwards", "899fc2", keptDemo),
  claim("Everything else:", "fb82ed", commands),
  claim("Authority and agent run as processes of their own", "cfd761", demo),
  claim("Recorded, shortened", "19d5b2", test("script/demo", "what README.md has recorded is said")),
  claim("Recorded: ", "9e16d4", test("script/demo", "what README.md has recorded is said")),
  claim(
    "![The owner's page on a phone",
    "52a0e9",
    test("peers/pages/owner_page", "every page: no serious finding"),
  ),
  claim(
    "The operator's page is the agent's",
    "97ff2e",
    test("unit/agent/status/again", "without a PIN nothing can be asked for"),
    test("unit/authority/console/guards", "address × who"),
  ),
  claim(
    "Both in English and Simplified Chinese",
    "6d109f",
    test("words/translations", "every text of the tree that has English has Chinese"),
    test("unit/agent/status/app", "pages name nothing from elsewhere"),
  ),
  claim(
    "Figures for Prometheus",
    "de8e85",
    test("script/figures", "every name and label of the rules and the dashboard"),
    test("long/runbook", "a first day with its restore"),
    test("catalogue/page", "ERRORS.md has each refusal"),
  ),
];

const oneDevice: readonly Claim[] = [
  claim("The agent attaches under reset", "01d5c2", test("unit/agent/probe/model_probe", "identify() names")),
  claim(
    "A chip it does not know",
    "858ae3",
    test("unit/agent/delivery/chip", "refuses a chip that is in no table"),
    test("unit/agent/delivery/chip", "refuses a chip that is not blank and not its own"),
  ),
  claim(
    "The authority decides, reserves a unit",
    "efbff3",
    test("unit/authority/issuance/delivery", "refused before a unit is touched"),
    demo,
  ),
  claim(
    "The agent writes the **bootloader**",
    "916a89",
    test("simulation/budget", "the bootloader keeps to 7,000 bytes of flash"),
    test("evidence/refusals", "a bootloader that is altered while it is written"),
  ),
  claim(
    "The bootloader locks the chip.",
    "552ddb",
    test("simulation/start", "options and lock are set in one option write"),
  ),
  claim(
    "The agent proves the lock from outside",
    "91649d",
    lock,
    test("evidence/lock", "no key is asked for, the unit stays reserved"),
  ),
  claim(
    "Chip and authority agree keys",
    "7f0a87",
    test("unit/bootloader/suite/noise", "the published vector, both sides"),
    wires,
  ),
  claim(
    "The bootloader takes encrypted chunks",
    "f89dfd",
    test("simulation/transfer", "the first word is last"),
    test("simulation/transfer", "a right outer tag around a wrong inner tag writes nothing"),
    test("simulation/delivery", "a delivery of 8,192 bytes overwrites the whole bootloader"),
  ),
  claim(
    "The authority checks the receipt",
    "5ca480",
    test("unit/authority/ledger/units", "decideReceipt() commits once"),
  ),
  claim("Who can see what:", "6d24ed", untested("reason")),
  claim(
    "![Owner's machine, authority, appliance and target chip",
    "3f98fe",
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
  claim("flashseal agent export", "13fc7e", stick),
  claim("flashseal owner carry", "2a5b85", stick),
  claim("flashseal agent import", "776f12", stick),
  claim(
    "The files hold the same signed requests",
    "53093f",
    mixed,
    test("unit/agent/sync/stick", "no file holds a secret"),
  ),
  claim("Losing one, carrying it twice", "c1e6ec", mixed),
  claim("An appliance that never had a network", "0012a1", test("unit/agent/sync/stick", "three trips")),
  claim(
    "New keys of the server, denied chips",
    "5901a4",
    test("unit/agent/sync/stick_epochs", "a restored authority hears by file"),
    test("unit/agent/sync/stick_record", "learns it from the file of replies"),
    test("unit/agent/sync/stick_record", "a chip that the owner denies is denied by the next file"),
    test("unit/agent/sync/stick_record", "asks by file to be renewed"),
  ),
  claim("Only enrolment needs a network", "b25628", untested("limit")),
];

const today: readonly Claim[] = [
  claim("True today;", "7ac856", test("claims/readme", "every sentence of README.md")),
  claim(
    "**The online path**",
    "98f36e",
    demo,
    test("evidence/ledger", "a retry of the same chip costs no unit"),
  ),
  claim("**One ledger**", "011051", ledger, clients),
  claim("**The lock is proven**", "27cf79", lock),
  claim(
    "Refusals have a cause",
    "c29cd4",
    test("catalogue/causes", "a delivery ends by it"),
    test("evidence/link_refusals", "refused:"),
  ),
  claim("**Every wire can be captured**", "b48bab", wires, processes),
  claim(
    "**Offline work**",
    "6b9cc4",
    test("unit/agent/control/offline", "makes two devices offline, waits when the allowance is used up"),
    test("unit/agent/vault/file_vault", "use() begins nothing with a lease that is over"),
  ),
  claim("The same **sync by files on a stick**", "5abd8a", mixed),
  claim(
    "**What people decide**",
    "2eab65",
    test("unit/authority/issuance/rework", "a rework takes no unit"),
    test("unit/authority/issuance/renewal", "gets nothing until a person approves"),
    test("unit/agent/control/offline", "a chip that the owner has denied is refused offline as well"),
    test("unit/agent/control/offline", "chips scanned ahead are delivered offline"),
  ),
  claim(
    "**Power may fail**",
    "b611b9",
    test("long/power_cuts", "power cut before, in and after every flash operation of install"),
    test("long/power_cuts", "power cut before, in and after every flash operation of transfer"),
    test("chaos/kills", "every delivery ends right by itself"),
    test("chaos/kills", "a chip whose agent is killed at each key is named"),
  ),
  claim(
    "**A disk that was put back or copied**",
    "173c4b",
    test("long/put_back", "a disk put back from before"),
    test("unit/authority/issuance/record_head", "frozen at its first word"),
  ),
  claim(
    "**A change of the ticket and log keys**",
    "3cf028",
    test("script/keys", "a running server and a running appliance go on"),
  ),
  claim(
    "**Backup and restore of the authority**",
    "e8a029",
    test("script/restore", "backup, restore, new-epoch"),
    test("chaos/restore", "a backup taken in the middle"),
  ),
  claim("Spin models", "625706", test("peers/proofs/spin", "models of units, leases, returns")),
];

const notYet: readonly Claim[] = [
  claim("Not yet:", "bb2299", untested("limit")),
  claim("**No silicon.**", "20ce92", untested("limit")),
  claim(
    "Everything has run on the bundled model",
    "dea27b",
    test("peers/mcu/qemu", "executes random programs as QEMU does"),
    untested("limit"),
  ),
  claim("No real probe driver yet", "fd57af", untested("limit")),
  claim("**Offline is as strong", "1a2858", untested("limit")),
  claim(
    "Vault `file` *finds* double spending",
    "7df2fa",
    test("long/put_back", "double spending is found"),
    untested("limit"),
  ),
  claim("Vault `tpm` is designed", "009c39", untested("limit")),
  claim(
    "An appliance is not restored from a backup",
    "4b2364",
    test("unit/agent/control/offline", "a copied disk is found at its first sync"),
  ),
  claim("**Chips:**", "8c39a2", test("script/usage", "chips lists names that --chip takes")),
  claim(
    "Device class C, lock class 2",
    "4d0526",
    test("script/usage", "chips says lock class, device class"),
    links,
  ),
  claim(
    "T-1 there is the limit",
    "11d47e",
    test("conformance/threats", "one paragraph says what it means for an owner"),
    untested("limit"),
  ),
  claim("**Languages.**", "5090b7", untested("limit")),
  claim(
    "English and Simplified Chinese on both pages",
    "880198",
    test("peers/pages/longer_words", "have no English left in Chinese"),
    untested("limit"),
  ),
  claim(
    "**Commands that are planned",
    "55e007",
    test("claims/commands", "commands that are planned are not there"),
  ),
  claim("**The compiled binary.**", "65c21d", untested("limit")),
  claim("`deno task compile` makes", "d362c6", ci("deno task compile")),
  claim("Where it cannot, it says so", "a112c7", ci("deno task compile")),
  claim("That the compiled file itself starts", "a04237", untested("limit")),
  claim("Not FIPS", "23abfe", untested("limit")),
];

const published = untested("published");

const beside: readonly Claim[] = [
  claim("What could be read in public material", "3b12bc", published),
  claim(
    "Flashseal | a unique ID",
    "3b14fc",
    test("simulation/budget", "the bootloader keeps to 7,000 bytes"),
    test("evidence/ledger", "a retry of the same chip"),
    test("unit/agent/sync/known_changes", "a contact is no knowledge"),
    test("unit/authority/console/acts", "a change and who knows of it"),
    test("unit/authority/console/pages", "the bar of an order shows every state"),
  ),
  claim("SEGGER Flasher Secure", "85d756", published),
  claim("ST SFI", "720b75", published),
  claim("NXP EdgeLock", "d17c76", published),
  claim("IAR Secure Deploy", "8d329d", published),
  claim("Microchip SPPS", "732871", published),
  claim("What several of them have", "9a3642", untested("limit")),
];

const map: readonly Claim[] = [
  claim(
    "[`DESIGN.md`]",
    "87007c",
    test("house/citations", "every section, clause and threat that is cited is there"),
  ),
  claim(
    "[`bootloader/`]",
    "164584",
    there("bootloader/PROTOCOL.md"),
    there("bootloader/mcu/mod.ts"),
    there("bootloader/firmware/README.md"),
  ),
  claim(
    "`authority/` |",
    "263918",
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
    "c89797",
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
  claim(
    "[`figures/`]",
    "fd0efc",
    there("figures/mod.ts"),
    test("house/architecture", "every import follows the plan"),
  ),
  claim(
    "[`deploy/`]",
    "b76042",
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
    "42c136",
    there("tests/house/house_plan.ts"),
    test("house/architecture", "every import follows the plan"),
  ),
  claim("Words:", "eca727", untested("reason")),
];

const packages: readonly Claim[] = [
  claim(
    "@std/cli |",
    "0d59f8",
    test("script/usage", "--help describes itself"),
    test("script/mistakes", "with exit code"),
  ),
  claim(
    "@std/crypto |",
    "91d9e6",
    test("unit/bootloader/suite/wycheproof", "no mismatch on either implementation"),
    test("unit/bootloader/suite/noise", "the published vector"),
  ),
  claim(
    "@std/streams |",
    "5d1b58",
    demo,
    test("unit/authority/http/signature", "release content comes in ranges"),
  ),
  claim("hono |", "9f4a00", test("unit/authority/http/app", "mounts every route of the contract")),
  claim(
    "@noble/curves |",
    "d0e651",
    plan,
    test("unit/authority/owner/proof/verify", "finds every changed bit"),
  ),
  claim("@noble/ciphers |", "1d1f09", plan),
  claim("deno-sqlite |", "05f0b9", ledger, clients),
  claim(
    "Further packages, each pinned",
    "d8faa7",
    test("house/architecture", "every package of the import map is imported"),
    plan,
  ),
  claim("Tests only:", "b00226", test("house/architecture", "every package of the import map is imported")),
];

const maintainers: readonly Claim[] = [
  claim("`deno task ok`", "2f625b", commands, ci("deno fmt --check"), ci("deno lint"), ci("deno check .")),
  claim("`deno task bench`", "babd24", commands, untested("measured")),
  claim("`deno task soak`", "dd14c1", ci("task soak")),
  claim("`deno task peers`", "3c7ece", ci("task peers")),
  claim("`deno task firmware --check`", "28be72", ci("deno task firmware --check")),
  claim("`.ci/run` does all of it", "ebf5fb", ci("task peers")),
  claim("Why things are as they are", "fe63a3", untested("reason")),
  claim("Apache-2.0.", "d915a0", there("LICENSE")),
];

/** What README.md says, in its order, and what stands behind it. */
export const README_CLAIMS: readonly Claim[] = [
  ...[...head, ...oneDevice, ...onAStick, ...today, ...notYet],
  ...[...beside, ...map, ...packages, ...maintainers],
];
