/* SPDX-FileCopyrightText: 2026 WESH contributors
 * SPDX-License-Identifier: EUPL-1.2 */
/* The parts of the OpenAPI document. Keys of views are literals or live in the arena. */
#ifndef WESH_HTTP_OPENAPI_H
#define WESH_HTTP_OPENAPI_H

#include "http/route.h"

enum openapi_side { /* how a schema's values travel */
                    OPENAPI_JSON_IN,
                    OPENAPI_FORM_IN, /* texts: multipart bodies, queries, paths */
                    OPENAPI_OUT
};

/* openapi_schema.c: a component for a schema and those in it, and a reference to it. */
void openapi_component(struct arena *a, struct view *components, const struct schema *s,
                       enum openapi_side side);
struct view *openapi_reference(struct arena *a, const char *kind, const char *name);
const char *openapi_name(struct arena *a, const struct schema *s, enum openapi_side side);
struct view *openapi_list_schema(struct arena *a, const char *item_name);
struct view *openapi_problem_schema(struct arena *a);
/* Members of a schema as parameters, in "path" or "query". */
void openapi_parameters(struct arena *a, struct view *list, const struct schema *s, const char *in);

#endif
