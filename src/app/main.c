/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "app/app.h"

#include "crypto/crypto.h"
#include "feature/map/map.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct command app_commands[] = {
    { "serve", COMMAND_ALONE,
      "serve [--data DIR] [--listen ADDRESS:PORT] [--base-url URL] [--workers N]",
      "Serve the pages and the API.",
      "  --listen    where to listen; 127.0.0.1:8080 by default, port 0 takes any free port\n"
      "  --base-url  how people reach it, for links and QR codes: https://wesh.example.org\n"
      "  --workers   number of worker threads; one a processor by default\n"
      "  --unlimited no limit on requests a minute (for measuring)\n"
      "  --replica   postgresql://…, a standby of --store for reads, while it is up to date\n"
      "SIGTERM or Ctrl-C stops it: what is under way is finished first.\n",
      command_serve },
    { "demo", COMMAND_ALONE, "demo [--data DIR] [--base-url URL]",
      "Fill a new data folder with the Parkstad demo region.",
      "Makes municipalities, neighbourhoods, tasks, shops and people, lets some days pass in\n"
      "them, and writes DIR/demo-tokens.json with who can sign in and how. It is made in DIR.new,\n"
      "which becomes DIR at the end: DIR is a whole demo, or not there.\n",
      command_demo },
    { "init", COMMAND_ALONE, "init [--data DIR]", "Make an empty data folder.", "", command_init },
    { "import", COMMAND_WRITES,
      "import places FILE | import shops FILE | "
      "import tasks FILE --author NAME [--municipality CODE] [--partial] | import data FILE",
      "Import places, shops, tasks from an asset register, or a whole export.",
      "`import places`: municipalities and their neighbourhoods. Columns: code name\n"
      "municipalityCode municipality latitude longitude, and contact if wanted.\n"
      "`import shops`: columns name category publicService address neighbourhoodCode latitude\n"
      "longitude hours accountName iban, and bic if wanted. A shop that is there stays as it is.\n"
      "`import tasks`: CSV or GeoJSON; docs/officer.md has the columns.\n"
      "Every row that can't be taken is told with its line, column and reason. Nothing is\n"
      "imported unless all rows are right; --partial takes those that are.\n"
      "  --author        officer in whose name they come in: name or id of an author of each\n"
      "                  municipality in the file\n"
      "  --municipality  code of the municipality (GM0917), unless a column says it\n"
      "Importing the same file twice changes nothing: tasks are known by externalId, places by\n"
      "code, shops by name and municipality.\n"
      "`import data` reads what `wesh export` wrote into an empty installation (wesh init), all\n"
      "or nothing. No server may be running on it. People sign in anew (wesh user link).\n",
      command_import },
    { "export", COMMAND_ALONE, "export [--data DIR] FILE",
      "Write the whole installation to a file, or to standard output with -.",
      "One JSON object a line, photos too; docs/export.md describes it. A server may be running:\n"
      "what is written is as it was at one moment. Keep the file as safe as the data itself.\n"
      "`wesh import data FILE` reads it.\n",
      command_export },
    { "issuer", COMMAND_WRITES,
      "issuer add --code CODE --municipality CODE --brand NAME --brand-plural NAMES "
      "--debtor-name NAME --debtor-iban IBAN [--debtor-bic BIC] [--redeem-until DATE] | "
      "issuer list",
      "Add a municipality's coin programme, or change it.",
      "  --code          short name: parkstad. Adding it again changes the programme\n"
      "  --municipality  whose programme it is: GM0917. While there is one programme, all\n"
      "                  municipalities take part in it\n"
      "  --brand         one coin: Heitje; --brand-plural several: Heitjes\n"
      "  --debtor-…      the bank account that pays the shops\n"
      "  --redeem-until  shops are paid at least until then, like 2029-12-31; by default the end\n"
      "                  of the third year from now\n",
      command_issuer },
    { "user", COMMAND_WRITES,
      "user add --name NAME [--role ROLE]… [--municipality CODE | --everywhere] [--shop NAME] | "
      "user add-role PERSON --role ROLE… [--municipality CODE | --everywhere] [--shop NAME] | "
      "user remove-role PERSON --role ROLE… | user link PERSON | user sign-out PERSON | user list",
      "Add people, say what they may do, and give them a link to sign in with.",
      "  PERSON          name or id, as `user list` shows them\n"
      "  --role          resident, steward, inspector, author, manager, treasurer, cashier, owner,\n"
      "                  auditor or operator; may be given several times\n"
      "  --municipality  where officers and stewards may do it; the person belongs there\n"
      "  --everywhere    they may do it in every municipality of this installation\n"
      "  --shop          whose cashier or owner it is\n"
      "`user remove-role` takes a role away everywhere, and signs the person out.\n"
      "`user link` prints a link that signs its person in once, within a day.\n"
      "`user sign-out` ends all sessions, tokens and unused links of a person.\n",
      command_user },
    { "set", COMMAND_WRITES, "set NAME VALUE", "Change a setting.",
      "  review.undo-seconds  how long a verdict can be taken back (10)\n"
      "  payout.weekday       day of the weekly payout, 1 = Monday (2)\n"
      "  task.hourly-guide    volunteer allowance an hour in cents (575)\n"
      "  sign-in.officers-need-two-factors  1: officers show a passkey or the like (1)\n"
      "  security.contact     for /.well-known/security.txt: mailto:… or https://…\n"
      "  map.tiles            https address of map pictures with {z}, {x} and {y}; off: none\n"
      "                       (" MAP_TILES ")\n"
      "  map.credit           who made them (" MAP_CREDIT ")\n",
      command_set },
    { "oidc", COMMAND_WRITES,
      "oidc add SLUG --label TEXT --issuer URL --client-id ID --key FILE [--municipality CODE] "
      "[--role ROLE] [--two-factors-acr WORDS] [--two-factors-amr WORDS] | oidc remove SLUG | "
      "oidc list",
      "Let people sign in through other accounts (OpenID Connect).",
      "  SLUG               short name in addresses: heerlen-staff\n"
      "  --label            what the button says: \"Heerlen staff\"\n"
      "  --issuer           as the provider writes it: https://login.example.org\n"
      "  --key              absolute path of our private key (PEM, RSA or P-256, mode 0600);\n"
      "                     its public half is printed, for the provider\n"
      "  --municipality     whose people it knows: they belong there\n"
      "  --role             what its people may do there (inspector, author, manager, treasurer…)\n"
      "  --two-factors-acr  values of acr that mean two factors\n"
      "  --two-factors-amr  the same of amr; \"mfa\" by default\n"
      "Adding a SLUG again changes it.\n",
      command_oidc },
    { "verify", COMMAND_ALONE, "verify [--data DIR]",
      "Recompute every balance from the transfers; exit 1 on any difference.", "", command_verify },
    { "routes", COMMAND_ALONE, "routes [--json]", "Print all routes and who may call them.", "",
      command_routes },
    { "openapi", COMMAND_ALONE, "openapi [--base-url URL]",
      "Print the API's description (OpenAPI 3.0).", "", command_openapi },
};
const size_t app_command_count = sizeof app_commands / sizeof app_commands[0];

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < app_command_count; i++)
        if (strcmp(app_commands[i].name, name) == 0)
            return &app_commands[i];
    return NULL;
}

static int help(FILE *to)
{
    fprintf(to, "WESH " WESH_VERSION ": residents do tasks in their neighbourhood, earn coins, and "
                "spend them in local shops.\n\nusage: wesh COMMAND [OPTIONS]\n\n");
    for (size_t i = 0; i < app_command_count; i++)
        fprintf(to, "  %-8s %s\n", app_commands[i].name, app_commands[i].summary);
    fprintf(to,
            "\nThe data folder is --data DIR, else $WESH_DATA, else ./wesh-data.\n"
            "With --store postgresql://USER@HOST/DATABASE, or $WESH_STORE, that server has the\n"
            "data, and the folder only the photos.\n"
            "`wesh COMMAND --help` says more. Exit codes: 0 done, 1 failed, 2 wrong use.\n");
    return EXIT_OK;
}

static int help_command(FILE *to, const struct command *command)
{
    fprintf(to, "usage: wesh %s\n\n%s\n%s", command->usage, command->summary, command->help);
    return EXIT_OK;
}

static int run_writing(const struct command *command, struct command_context *c, int argc,
                       char **argv)
{
    int exit_code;
    if (c->store == NULL && remote_run(c->data, argc, argv, &exit_code))
        return exit_code;
    const char *detail = NULL;
    struct db_options o = { .folder = c->data, .store = c->store };
    err e = db_open(&o, &c->db, &detail);
    if (e != OK)
        return command_fail(c, c->data, e, detail);
    exit_code = command->run(c, argc - 1, argv + 1);
    db_close(c->db);
    return exit_code;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ,
           SIG_IGN); /* a file over `ulimit -f` is an error of write, told as a full disk */
    crypto_start();
    argc--, argv++;
    struct command_context c = { .out = stdout, .err = stderr, .folder_fd = AT_FDCWD };
    c.data = option_take(&argc, argv, "--data");
    if (c.data == NULL)
        c.data = getenv("WESH_DATA");
    if (c.data == NULL)
        c.data = "wesh-data";
    c.store = option_take(&argc, argv, "--store");
    if (c.store == NULL)
        c.store = getenv("WESH_STORE");
    if (c.store != NULL && strncmp(c.store, "postgresql://", 13) != 0 &&
        strncmp(c.store, "postgres://", 11) != 0) {
        fprintf(stderr, "wesh: --store takes postgresql://USER@HOST/DATABASE\n");
        return EXIT_USAGE;
    }
    if (argc > 0 && (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "version") == 0)) {
        puts("wesh " WESH_VERSION);
        return EXIT_OK;
    }
    if (argc == 0 || strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)
        return argc == 0 ? (help(stderr), EXIT_USAGE) : help(stdout);
    bool wants_help = strcmp(argv[0], "help") == 0;
    if (wants_help && argc == 1)
        return help(stdout);
    const struct command *command = command_find(argv[wants_help ? 1 : 0]);
    if (command == NULL) {
        fprintf(stderr, "wesh: there is no command `%s`; `wesh help` lists them\n",
                argv[wants_help ? 1 : 0]);
        return EXIT_USAGE;
    }
    if (wants_help || option_flag(&argc, argv, "--help") || option_flag(&argc, argv, "-h"))
        return help_command(stdout, command);
    return command->kind == COMMAND_WRITES ? run_writing(command, &c, argc, argv)
                                           : command->run(&c, argc - 1, argv + 1);
}
