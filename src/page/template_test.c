/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
#include "page/page_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct text_entry dutch[] = {
    { "Hello {who}", "Dag <b> {who} & welkom", NULL },
    { "No plural", "Geen meervoud", NULL },
    { "Task", "Klus", NULL },
    { "one bench", "een bank", "{n} banken" },
    { "task.category:bench", "Bank & stoel", NULL },
};
static const struct text_entry english[] = {
    { "task.category:bench", "Bench", NULL },
    { "task.category:bin", "Bin", NULL },
};
static const struct text_catalogue catalogues[] = {
    { "en", english, sizeof english / sizeof english[0] },
    { "nl", dutch, sizeof dutch / sizeof dutch[0] },
    { NULL, NULL, 0 },
};
static const struct asset assets[] = {
    { "app.css", "text/css", "0011223344556677", { "a{}", 3 }, { NULL, 0 } },
    { "icons/a.svg", "image/svg+xml", "8899aabbccddeeff", { "<svg/>", 6 }, { NULL, 0 } },
};

enum { TEMPLATES_MAX = 8 };
static struct arena *arena;
static struct random_seeded seed;
static struct random_source random_of_test;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(16 << 20);
    random_of_test = random_seeded(&seed, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static err set_of(const char *const *texts, struct page_set **ret, const char **ret_detail)
{
    static const char *const names[TEMPLATES_MAX] = { "a", "b", "c", "d", "e", "f", "g", "h" };
    struct template_source *sources = ARENA_ARRAY(arena, struct template_source, TEMPLATES_MAX);
    size_t count = 0;
    for (; texts[count] != NULL; count++) {
        sources[count].name = names[count];
        sources[count].path = text_format(arena, "src/%s.html", names[count]).at;
        sources[count].text = text_of(texts[count]);
    }
    struct page_sources all = { sources, count, catalogues, assets, 2 };
    return page_set_new_of(&all, ret, ret_detail);
}

struct wish {
    const char *lang, *layout;
    size_t bytes_max;
};

/* Renders template "a" of the given ones ("a", "b", …). */
static err render(const char *const *texts, const struct view *root, struct wish wish,
                  struct text *ret)
{
    struct page_set *set;
    const char *detail = NULL;
    if (set_of(texts, &set, &detail) != OK)
        fail_msg("%s", detail);
    struct page_request request = {
        .template_name = "a",
        .layout_name = wish.layout,
        .root = root,
        .lang = wish.lang == NULL ? "en" : wish.lang,
        .now = { INT64_C(1795530000000000) }, /* 2026-11-24T14:20:00Z */
        .random = &random_of_test,
        .bytes_max = wish.bytes_max == 0 ? 100000 : wish.bytes_max,
    };
    err e = page_render(set, arena, &request, ret);
    if (e == OK)
        *ret = text_copy(arena, *ret);
    page_set_free(set);
    return e;
}

static const char *rendered(const char *const *texts, const struct view *root, struct wish wish)
{
    struct text html;
    assert_int_equal(render(texts, root, wish, &html), OK);
    return text_cstr(arena, html);
}

#define ONE(text) ((const char *const[]){ (text), NULL })
#define EVIL      "<script>alert(\"1\")</script>&'x'"
#define EVIL_SAFE "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;x&#39;"

static struct view *story(void)
{
    struct view *v = view_object(arena);
    view_put_cstr(arena, v, "title", "Paint a bench");
    view_put_cstr(arena, v, "evil", EVIL);
    view_put_cstr(arena, v, "script", "javascript:alert(1)");
    view_put_cstr(arena, v, "link", "https://example.org/?a=1&b=2");
    view_put_cstr(arena, v, "empty", "");
    view_put_cstr(arena, v, "zero", "0");
    view_put_cstr(arena, v, "state", "open");
    view_put_cstr(arena, v, "note", "one\r\ntwo <b>\n");
    view_put_cstr(arena, v, "category", "bench");
    view_put_cstr(arena, v, "csrf", "se\"cret");
    view_put_null(arena, v, "nothing");
    view_put_bool(arena, v, "yes", true);
    view_put_bool(arena, v, "no", false);
    view_put_int(arena, v, "cents", 750);
    view_put_int(arena, v, "none", 0);
    view_put_int(arena, v, "single", 1);
    view_put_int(arena, v, "least", INT64_MIN);
    view_put_micro(arena, v, "latitude", -50880100);
    view_put_micro(arena, v, "whole", 3000000);
    view_put_id(arena, v, "id", ((uint128)0x0192 << 112) | 0xab);
    view_put_instant(arena, v, "at", (struct instant){ INT64_C(1795530000000000) });
    view_put_instant(arena, v, "never", (struct instant){ 0 });
    (void)view_put_list(arena, v, "noItems");
    struct view *author = view_put_object(arena, v, "author");
    view_put_cstr(arena, author, "name", "Ann");
    struct view *roles = view_put_object(arena, author, "roles");
    view_put_bool(arena, roles, "steward", true);
    struct view *items = view_put_list(arena, v, "items");
    for (int i = 0; i < 3; i++) {
        struct view *item = view_add_object(arena, items);
        view_put_int(arena, item, "number", i + 1);
        if (i == 1)
            view_put_cstr(arena, item, "title", "Own");
        if (i == 2)
            view_put_null(arena, item, "title");
        struct view *tags = view_put_list(arena, item, "tags");
        for (int tag = 0; tag < i; tag++)
            view_add_text(arena, tags, tag == 0 ? TEXT("x<") : TEXT("y"));
    }
    return v;
}

struct sample {
    const char *template, *html;
};

static void check_samples(const struct sample *samples, size_t count, const char *lang)
{
    for (size_t i = 0; i < count; i++) {
        const char *html =
            rendered(ONE(samples[i].template), story(), (struct wish){ .lang = lang });
        if (strcmp(html, samples[i].html) != 0)
            fail_msg("%s\n gave    %s\n not     %s", samples[i].template, html, samples[i].html);
    }
}
#define CHECK(samples, lang) check_samples(samples, sizeof(samples) / sizeof(samples)[0], lang)

static void test_values(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "", "" },
        { "plain } text { }} ok", "plain } text { }} ok" },
        { "{{title}}", "Paint a bench" },
        { "{{  title  }}!", "Paint a bench!" },
        { "{{author.name}} {{author.roles.steward}}", "Ann true" },
        { "[{{missing}}{{nothing}}{{empty}}{{never}}]", "[]" },
        { "[{{author.missing}}{{title.deeper}}{{missing.a.b}}]", "[]" },
        { "[{{author}}{{items}}]", "[]" },
        { "{{yes}} {{no}} {{cents}} {{none}} {{least}}", "true false 750 0 -9223372036854775808" },
        { "{{latitude}} {{whole}}", "-50.8801 3" },
        { "{{id}}", "01920000-0000-0000-0000-0000000000ab" },
        { "{{at}}", "2026-11-24T14:20:00Z" },
        { "{{cents|coins}} {{title|coins}} [{{missing|coins}}]", "7.50 Paint a bench []" },
        { "{{this.title}} [{{@index}}{{@first}}]", "Paint a bench []" },
        { "{{note|lines}}", "one<br>two &lt;b&gt;<br>" },
        { "<i data-x=\"{{author|json}}\">",
          "<i data-x=\"{&quot;name&quot;:&quot;Ann&quot;,&quot;roles&quot;:"
          "{&quot;steward&quot;:true}}\">" },
        { "<a href=\"/x?q={{evil|query}}\">",
          "<a href=\"/x?q=%3Cscript%3Ealert%28%221%22%29%3C%2Fscript%3E%26%27x%27\">" },
    };
    CHECK(samples, "en");
}

/* Whatever the place, nothing of the value can end it. */
static void test_escaping(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "<p>{{evil}}</p>", "<p>" EVIL_SAFE "</p>" },
        { "<a title=\"{{evil}}\">", "<a title=\"" EVIL_SAFE "\">" },
        { "<a title='{{evil}}'>", "<a title='" EVIL_SAFE "'>" },
        { "<title>{{evil}}</title>", "<title>" EVIL_SAFE "</title>" },
        { "{{evil|coins}}", EVIL_SAFE },
        { "{{evil|lines}}", EVIL_SAFE },
        { "{{t \"Hello {who}\" who=evil}}", "Hello " EVIL_SAFE },
        { "{{t \"<b>{who}\" who=evil}}", "&lt;b&gt;" EVIL_SAFE },
        { "{{word \"task.category\" evil}}", EVIL_SAFE },
        { "{{value \"x\" evil}}", EVIL_SAFE },
        { "{{content}}", "" },
        { "<a href=\"{{script}}\">", "<a href=\"#\">" },
        { "<a href='{{script}}'>", "<a href='#'>" },
        { "<A HREF = \"{{script}}\">", "<A HREF = \"#\">" },
        { "<form action=\"{{value \"x\" script}}\"></form>", "<form action=\"#\"></form>" },
        { "<a href=\"{{#if yes}}{{script}}{{/if}}\">", "<a href=\"#\">" },
        { "<a href=\"/go/{{script}}\">", "<a href=\"/go/javascript:alert(1)\">" },
        { "<a title=\"{{script}}\">", "<a title=\"javascript:alert(1)\">" },
        { "<a href=\"{{link}}\">", "<a href=\"https://example.org/?a=1&amp;b=2\">" },
    };
    CHECK(samples, "en");
}

static void test_blocks(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "{{#if yes}}a{{/if}}{{#if no}}b{{/if}}", "a" },
        { "{{#if yes}}a{{else}}b{{/if}}", "a" },
        { "{{#if no}}a{{else}}b{{/if}}", "b" },
        { "{{#unless no}}a{{else}}b{{/unless}}{{#unless yes}}c{{else}}d{{/unless}}", "ad" },
        { "{{#if missing}}1{{/if}}{{#if nothing}}2{{/if}}{{#if empty}}3{{/if}}{{#if none}}4{{/if}}"
          "{{#if noItems}}5{{/if}}{{#if never}}6{{/if}}{{#if author.missing}}7{{/if}}",
          "" },
        { "{{#if zero}}1{{/if}}{{#if items}}2{{/if}}{{#if author}}3{{/if}}{{#if id}}4{{/if}}"
          "{{#if at}}5{{/if}}{{#if latitude}}6{{/if}}",
          "123456" },
        { "{{#if state == \"open\"}}a{{/if}}{{#if state == \"ope\"}}b{{/if}}", "a" },
        { "{{#if state==\"closed\"}}a{{else}}b{{/if}}", "b" },
        { "{{#unless state == \"closed\"}}a{{/unless}}", "a" },
        { "{{#if cents == \"750\"}}a{{/if}}{{#if yes == \"true\"}}b{{/if}}", "ab" },
        { "{{#if missing == \"x\"}}a{{/if}}{{#if missing == \"\"}}b{{/if}}", "b" },
        { "{{#if author == \"\"}}a{{/if}}", "a" },
        { "{{#each items}}{{number}},{{/each}}", "1,2,3," },
        { "{{#each items}}{{title}};{{/each}}", "Paint a bench;Own;;" },
        { "{{#each items}}{{#if @first}}<{{else}},{{/if}}{{@index}}{{/each}}", "<0,1,2" },
        { "{{#each items}}{{#each tags}}{{number}}{{this}}{{@index}} {{else}}- {{/each}}{{/each}}",
          "- 2x&lt;0 3x&lt;0 3y1 " },
        { "{{#each items}}{{#if tags}}{{#each tags}}{{#unless @first}}{{this}}{{/unless}}{{/each}}"
          "{{else}}none {{/if}}{{/each}}",
          "none y" },
        { "{{#each noItems}}a{{else}}none{{/each}}", "none" },
        { "{{#each missing}}a{{else}}none{{/each}}{{#each title}}a{{/each}}", "none" },
        { "{{#each author}}a{{else}}none{{/each}}", "none" },
        { "{{#each items}}{{this.number}}{{this.state}}{{/each}}", "123" },
        { "<input{{#if yes}} checked{{/if}}>", "<input checked>" },
        { "<a {{#if no}}href=\"x{{else}}class=\"{{title}}{{/if}}\">",
          "<a class=\"Paint a bench\">" },
    };
    CHECK(samples, "en");
}

static void test_white_space(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "<ul>\n  {{#if yes}}\n  <li>\n  {{else}}\n  b\n  {{/if}}\n</ul>\n",
          "<ul>\n  <li>\n</ul>\n" },
        { "{{#if yes}}\r\nx\r\n{{/if}}\r\ny", "x\r\ny" },
        { "a {{#if yes}}b{{/if}} c\n", "a b c\n" },
        { "a\n{{title}}\nb", "a\nPaint a bench\nb" },
        { "<!-- note: {{broken -->\n<p>", "<p>" },
        { "a<!-- x -->b", "ab" },
        { "{{title \"x\"}}\na", "a" },
    };
    CHECK(samples, "en");
}

static void test_texts_english(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "{{t \"Task\"}} {{t \"Say \\\"hi\\\" \\\\\"}}", "Task Say &quot;hi&quot; \\" },
        { "{{t \"Hello {who}\" who=author.name}}", "Hello Ann" },
        { "{{t \"Get {coins} for {title}\" coins=cents|coins title=title}}",
          "Get 7.50 for Paint a bench" },
        { "{{t \"Hello {who}\" who=missing}}", "Hello " },
        { "{{t \"one bench\" \"{n} benches\" n=single}}", "one bench" },
        { "{{t \"one bench\" \"{n} benches\" n=cents}}", "750 benches" },
        { "{{t \"one bench\" \"{n} benches\" n=none}}", "0 benches" },
        { "{{t \"one bench\" \"{n} benches\" n=missing}}", " benches" },
        { "{{t \"{n} of {who}\" \"{n}s of {who}\" n=single|number who=author.name}}", "1 of Ann" },
        { "{{word \"task.category\" category}}", "Bench" },
        { "{{word \"task.state\" state}} [{{word \"task.state\" missing}}]", "open []" },
        { "<i title=\"{{t \"Task\"}}\" lang=\"{{word \"task.state\" state}}\">",
          "<i title=\"Task\" lang=\"open\">" },
        { "{{t \"a b\"}}", "a b" },
    };
    CHECK(samples, "en");
}

static void test_texts_dutch(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        { "{{t \"Task\"}} {{t \"Unknown\"}}", "Klus Unknown" },
        { "{{t \"Hello {who}\" who=evil}}", "Dag &lt;b&gt; " EVIL_SAFE " &amp; welkom" },
        { "{{t \"one bench\" \"{n} benches\" n=single}}", "een bank" },
        { "{{t \"one bench\" \"{n} benches\" n=least|number}}",
          "-9.223.372.036.854.775.808 banken" },
        { "{{t \"No plural\" \"{n} x\" n=cents}}", "750 x" },
        { "{{cents|coins}}", "7,50" },
        { "{{word \"task.category\" category}}", "Bank &amp; stoel" },
    };
    CHECK(samples, "nl");
    static const struct sample other[] = { { "{{t \"Task\"}}", "Klus" } };
    CHECK(other, "fr"); /* unknown: the default */
    static const struct sample german[] = { { "{{t \"Task\"}} {{word \"task.category\" category}}",
                                              "Task Bench" } };
    CHECK(german, "de");
}

static void test_partials_and_layout(void **state)
{
    (void)state;
    struct view *v = story();
    assert_string_equal(rendered((const char *const[]){ "{{> b}}|{{> b author}}|{{> b missing}}|"
                                                        "{{#each items}}{{> c}}{{/each}}",
                                                        "{{name}}{{state}}", "{{number}}", NULL },
                                 v, (struct wish){ 0 }),
                        "open|Annopen||123");
    const char *const pages[] = { "{{title \"About {what}\" what=evil}}\n<p>{{title}}",
                                  "<title>{{pageTitle}}</title>{{content}}<i>{{state}}</i>", NULL };
    assert_string_equal(rendered(pages, v, (struct wish){ .layout = "b" }),
                        "<title>About " EVIL_SAFE "</title><p>Paint a bench<i>open</i>");
    const char *const untitled[] = { "x", "{{#if pageTitle}}1{{else}}2{{/if}}{{> c}}",
                                     "{{content}}", NULL };
    assert_string_equal(rendered(untitled, v, (struct wish){ .layout = "b" }), "2x");
    const char *const live[] = { "{{#if yes}}{{reload \"4\"}}{{/if}}x", "{{pageReload}}{{> c}}",
                                 "{{content}}", NULL };
    assert_string_equal(rendered(live, v, (struct wish){ .layout = "b" }), "4x");
    view_put_cstr(arena, v, "content", "<b>");
    assert_string_equal(rendered(ONE("{{content}}"), v, (struct wish){ 0 }), "&lt;b&gt;");
}

static void test_forms(void **state)
{
    (void)state;
    struct view *v = story();
    assert_string_equal(rendered(ONE("{{value \"reward\" cents|coins}}{{value \"x\"}}"
                                     "{{field_error \"reward\"}}"),
                                 v, (struct wish){ 0 }),
                        "7.50");
    struct view *form = view_put_object(arena, v, "form");
    struct view *values = view_put_object(arena, form, "values");
    view_put_cstr(arena, values, "reward", "\"much\"");
    view_put_cstr(arena, values, "cleared", "");
    struct view *errors = view_put_list(arena, form, "errors");
    struct view *error = view_add_object(arena, errors);
    view_put_cstr(arena, error, "field", "reward");
    view_put_cstr(arena, error, "text", "Not <a> number");
    assert_string_equal(rendered(ONE("<input value=\"{{value \"reward\" cents|coins}}\">"
                                     "[{{value \"cleared\" title}}] {{value \"other\" title}}"
                                     "{{field_error \"reward\"}}{{field_error \"other\"}}"),
                                 v, (struct wish){ 0 }),
                        "<input value=\"&quot;much&quot;\">[] Paint a bench"
                        "<p class=\"field-error\" id=\"reward-error\">Not &lt;a&gt; number</p>");
    const char *html = rendered(ONE("{{form}}{{form}}"), v, (struct wish){ 0 });
    const char *start = "<input type=\"hidden\" name=\"csrf\" value=\"se&quot;cret\">"
                        "<input type=\"hidden\" name=\"idempotencyKey\" value=\"";
    size_t len = strlen(start);
    assert_memory_equal(html, start, len);
    uint128 first;
    uint128 second;
    assert_int_equal(uuid_parse((struct text){ html + len, 36 }, &first), OK);
    assert_int_equal(uuid7_time(first).us / 1000, INT64_C(1795530000000));
    const char *half = html + len + 36 + 2;
    assert_memory_equal(half, start, len);
    assert_int_equal(uuid_parse((struct text){ half + len, 36 }, &second), OK);
    assert_true(first != second);
}

static void test_assets(void **state)
{
    (void)state;
    assert_string_equal(rendered(ONE("<link href=\"{{asset \"app.css\"}}\"><script src="
                                     "\"{{asset \"icons/a.svg\"}}\"></script>"),
                                 NULL, (struct wish){ 0 }),
                        "<link href=\"/assets/0011223344556677/app.css\"><script src="
                        "\"/assets/8899aabbccddeeff/icons/a.svg\"></script>");
    assert_ptr_equal(asset_find_in(assets, 2, TEXT("icons/a.svg")), &assets[1]);
    assert_null(asset_find_in(assets, 2, TEXT("app.cs")));
    assert_null(asset_find_in(assets, 2, TEXT_NONE));
    assert_null(asset_find_in(assets, 0, TEXT("app.css")));
    assert_null(asset_find(TEXT("../etc/passwd")));
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *template, *detail;
    } cases[] = {
        { "{{", "a.html:1: a tag does not end" },
        { "a\nb {{title", "a.html:2: a tag does not end" },
        { "{{title }", "a tag does not end" },
        { "x\n<!-- no end", "a.html:2: a comment does not end" },
        { "{{}}", "a name is missing" },
        { "{{ - }}", "'-' is not understood" },
        { "{{title title}}", "'t' is not understood" },
        { "{{a..b}}", "'a..b' is not a name" },
        { "{{.a}}", "'.a' is not a name" },
        { "{{a.b.c.d.e.f.g.h.i}}", "is not a name" },
        { "{{@last}}", "there is no {{@last}}" },
        { "{{{title}}}", "'{' is not understood" },
        { "{{&title}}", "'&' is not understood" },
        { "{{!x}}", "'!' is not understood" },
        { "{{title|shout}}", "there is no filter 'shout'" },
        { "{{title|}}", "there is no filter ''" },
        { "{{title|coins|date}}", "'|' is not understood" },
        { "{{shout \"x\"}}", "there is no {{shout \"…\"}}" },
        { "{{#with a}}{{/with}}", "there is no {{#with}}" },
        { "{{#if}}{{/if}}", "a name is missing" },
        { "{{#if a = \"b\"}}{{/if}}", "'==' is written with two signs" },
        { "{{#if a == b}}{{/if}}", "a text in quotes is missing" },
        { "{{#if a|coins}}{{/if}}", "a block takes no filter" },
        { "{{#each a == \"x\"}}{{/each}}", "'=' is not understood" },
        { "\n{{#if a}}\n", "{{#if}} of line 2 is not closed" },
        { "{{#if a}}{{#each b}}{{/if}}", "{{/if}} where {{/each}} was expected" },
        { "{{/if}}", "{{/if}} closes nothing" },
        { "{{else}}", "{{else}} outside a block" },
        { "{{#if a}}{{else}}{{else}}{{/if}}", "a second {{else}}" },
        { "{{#if a}}{{else if b}}{{/if}}", "'i' is not understood" },
        { "\n\n{{> missing}}", "a.html:3: there is no template 'missing'" },
        { "{{> }}", "the name of a template is missing" },
        { "<p {{> a}}>", "belongs between tags" },
        { "{{reload \"soon\"}}", "{{reload}} takes a number of seconds" },
        { "{{asset \"no.css\"}}", "there is no asset 'no.css'" },
        { "{{t \"Hi {who}\"}}", "{who} in the text has no value" },
        { "{{t \"Hi {who\" who=a}}", "a '{' in the text has no '}'" },
        { "{{t \"Hi\" who}}", "behind the text belongs name=value" },
        { "{{t \"Hi {a}\" a=b a=c}}", "{a} has two values" },
        { "{{t \"one\" \"{m}\" m=b}}", "a text with a plural needs n=" },
        { "{{t \"Hello {who}\" wo=a}}", "{who} in the text has no value" },
        { "{{t \"a\" a=1b|x}}", "there is no filter 'x'" },
        { "{{t \"x {a}\" a=b|lines}}{{title \"x {a}\" a=b|lines}}", "the filter makes HTML" },
        { "{{word \"a\"}}", "a name is missing" },
        { "{{value \"a\" b c}}", "'c' is not understood" },
        { "<a href={{title}}>", "a value in a tag must stand in quotes" },
        { "<a {{title}}>", "a value in a tag must stand in quotes" },
        { "<{{title}}>", "a value can't be the name of a tag" },
        { "<h{{title}}>", "a value in a tag must stand in quotes" },
        { "<a onclick=\"{{title}}\">", "no values in style, srcdoc or on" },
        { "<a style='{{title}}'>", "no values in style, srcdoc or on" },
        { "<script>var x = \"{{title}}\"</script>", "no values in <script>" },
        { "<STYLE>{{title}}</STYLE>", "no values in <script>" },
        { "<a title=\"{{note|lines}}\">", "this filter belongs between tags" },
        { "<a title=\"{{content}}\">", "{{content}} belongs between tags" },
        { "<a title=\"x\n", "the HTML ends inside a tag" },
        { "<p", "the HTML ends inside a tag" },
        { "\xff", "not valid UTF-8" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct page_set *set = NULL;
        const char *detail = "";
        if (set_of(ONE(cases[i].template), &set, &detail) == OK)
            fail_msg("no mistake found in %s", cases[i].template);
        if (strstr(detail, cases[i].detail) == NULL || strncmp(detail, "src/a.html:", 11) != 0)
            fail_msg("%s\n told    %s\n not     %s", cases[i].template, detail, cases[i].detail);
        assert_null(set);
    }
    struct template_source twice[] = { { "a", "src/a.html", TEXT("") },
                                       { "a", "src/b/a.html", TEXT("") } };
    struct page_sources all = { twice, 2, catalogues, NULL, 0 };
    struct page_set *set;
    const char *detail;
    assert_int_equal(page_set_new_of(&all, &set, &detail), ERR_PAGE_TEMPLATE);
    assert_non_null(strstr(detail, "has the same name"));
}

/* A translation that names a value its text doesn't have. */
static void test_mistake_in_translation(void **state)
{
    (void)state;
    struct text_entry wrong[] = { { "Hi {who}", "Dag {wie}", NULL } };
    struct text_catalogue one[] = { { "nl", wrong, 1 }, { NULL, NULL, 0 } };
    struct template_source page[] = { { "a", "src/a.html", TEXT("\n{{t \"Hi {who}\" who=x}}") } };
    struct page_sources all = { page, 1, one, NULL, 0 };
    struct page_set *set;
    const char *detail;
    assert_int_equal(page_set_new_of(&all, &set, &detail), ERR_PAGE_TEMPLATE);
    assert_string_equal(detail, "src/a.html:2: {wie} in nl has no value");
}

static void test_limits(void **state)
{
    (void)state;
    struct view *v = story();
    struct text html;
    const char *const fits[] = { "1234567890", NULL };
    assert_int_equal(render(fits, v, (struct wish){ .bytes_max = 10 }, &html), OK);
    assert_int_equal(render(fits, v, (struct wish){ .bytes_max = 9 }, &html), ERR_TOO_LARGE);
    assert_int_equal(render(ONE("{{evil}}"), v, (struct wish){ .bytes_max = 40 }, &html),
                     ERR_TOO_LARGE);
    assert_int_equal(render(ONE("{{author|json}}"), v, (struct wish){ .bytes_max = 20 }, &html),
                     ERR_TOO_LARGE);
    assert_int_equal(render(ONE("x{{> a}}"), v, (struct wish){ 0 }, &html), ERR_TOO_LARGE);
    assert_int_equal(render(ONE("{{#each items}}{{> a}}{{/each}}"), v, (struct wish){ 0 }, &html),
                     ERR_TOO_LARGE);
    struct view *tree = view_object(arena);
    for (int i = 0; i < 10; i++) {
        struct view *parent = view_object(arena);
        view_put(arena, parent, "child", tree);
        tree = parent;
    }
    assert_string_equal(rendered(ONE("<p>{{#if this.child}}{{> a this.child}}{{/if}}</p>"), tree,
                                 (struct wish){ 0 }),
                        "<p><p><p><p><p><p><p><p><p><p><p></p></p></p></p></p></p></p></p></p></p>"
                        "</p>");
    struct buf deep = buf_new(arena, 10000);
    for (int i = 0; i <= BLOCK_DEPTH_MAX; i++)
        buf_cstr(&deep, "{{#if yes}}");
    struct page_set *set;
    const char *detail;
    const char *source = text_cstr(arena, buf_text(&deep));
    assert_int_equal(set_of(ONE(source), &set, &detail), ERR_PAGE_TEMPLATE);
    assert_non_null(strstr(detail, "more than 32 blocks in each other"));
}

static void test_set(void **state)
{
    (void)state;
    struct page_set *set;
    const char *detail;
    assert_int_equal(set_of((const char *const[]){ "1", "2", NULL }, &set, &detail), OK);
    assert_true(page_exists(set, "a"));
    assert_true(page_exists(set, "b"));
    assert_false(page_exists(set, "c"));
    assert_false(page_exists(set, ""));
    struct page_request request = { .template_name = "c", .lang = "en", .bytes_max = 10 };
    struct text html;
    assert_int_equal(page_render(set, arena, &request, &html), ERR_INTERNAL);
    request = (struct page_request){ .template_name = "a", .layout_name = "c", .bytes_max = 10 };
    assert_int_equal(page_render(set, arena, &request, &html), ERR_INTERNAL);
    page_set_free(set);
    page_set_free(NULL);
}

/* What is built in: every page of the program compiles. */
static void test_embedded(void **state)
{
    (void)state;
    struct page_set *set;
    const char *detail = NULL;
    if (page_set_new(&set, &detail) != OK)
        fail_msg("%s", detail);
    for (size_t i = 0; i < page_template_count; i++)
        assert_true(page_exists(set, page_templates[i].name));
    for (size_t i = 0; i < page_asset_count; i++)
        assert_ptr_equal(asset_find(text_of(page_assets[i].name)), &page_assets[i]);
    page_set_free(set);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_values),
        TEST(test_escaping),
        TEST(test_blocks),
        TEST(test_white_space),
        TEST(test_texts_english),
        TEST(test_texts_dutch),
        TEST(test_partials_and_layout),
        TEST(test_forms),
        TEST(test_assets),
        TEST(test_mistakes),
        TEST(test_mistake_in_translation),
        TEST(test_limits),
        TEST(test_set),
        TEST(test_embedded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
