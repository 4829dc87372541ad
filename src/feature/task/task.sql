-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- task_get one
--   in task:task_id
--   out id:task_id title:text description:text instructions:text category:int state:int
--       minutes:int reward:coins places:int places_taken:int claim_hours:int latitude:int
--       longitude:int neighbourhood:neighbourhood_id neighbourhood_name:text
--       municipality:municipality_id municipality_name:text municipality_contact:text
--       issuer:issuer_id brand_plural:text keeper:text extra_work_reason:text tools:text
--       light:bool indoor:bool wheelchair_friendly:bool child_friendly:bool
--       external_id:text? batch:any_id? author:person_id created_at:instant opened_at:instant?
SELECT t.id, t.title, t.description, t.instructions, t.category, t.state, t.minutes, t.reward,
  t.places, t.places_taken, t.claim_hours, t.latitude, t.longitude, t.neighbourhood, n.name,
  t.municipality, m.name, m.contact, t.issuer, i.brand_plural, t.keeper,
  t.extra_work_reason, t.tools, t.light, t.indoor, t.wheelchair_friendly, t.child_friendly,
  t.external_id, t.batch, t.author, t.created_at, t.opened_at
FROM task t
  JOIN neighbourhood n ON n.id = t.neighbourhood
  JOIN municipality m ON m.id = t.municipality
  JOIN issuer i ON i.id = t.issuer
WHERE t.id = :task AND t.state <> 4;

-- The lists find ids; task_get then reads what is shown, so its columns stand once.

-- task_newest many 501
--   in state:int before:task_id kinds:int minutes_max:int reward_min:int places_min:int tools:int light:bool
--      indoor:bool wheelchair:bool child:bool
--      south:int north:int west:int east:int rows_max:int
--   out id:task_id
SELECT t.id FROM task t
WHERE t.state = :state AND t.id < :before
  AND ((:kinds >> CAST(t.category AS INTEGER)) & 1) = 1
  AND t.minutes <= :minutes_max AND t.reward >= :reward_min AND t.places >= :places_min
  AND (:tools < 0 OR (:tools = 1) = t.needs_tools)
  AND (NOT :light OR t.light) AND (NOT :indoor OR t.indoor)
  AND (NOT :wheelchair OR t.wheelchair_friendly) AND (NOT :child OR t.child_friendly)
  AND t.latitude BETWEEN :south AND :north AND t.longitude BETWEEN :west AND :east
ORDER BY t.id DESC LIMIT :rows_max;

-- task_newest_of_municipality many 501
--   in municipality:municipality_id state:int before:task_id
--      kinds:int minutes_max:int reward_min:int places_min:int tools:int light:bool
--      indoor:bool wheelchair:bool child:bool
--      south:int north:int west:int east:int rows_max:int
--   out like task_newest
SELECT t.id FROM task t
WHERE t.municipality = :municipality AND t.state = :state AND t.id < :before
  AND ((:kinds >> CAST(t.category AS INTEGER)) & 1) = 1
  AND t.minutes <= :minutes_max AND t.reward >= :reward_min AND t.places >= :places_min
  AND (:tools < 0 OR (:tools = 1) = t.needs_tools)
  AND (NOT :light OR t.light) AND (NOT :indoor OR t.indoor)
  AND (NOT :wheelchair OR t.wheelchair_friendly) AND (NOT :child OR t.child_friendly)
  AND t.latitude BETWEEN :south AND :north AND t.longitude BETWEEN :west AND :east
ORDER BY t.id DESC LIMIT :rows_max;

-- task_newest_of_neighbourhood many 501
--   in neighbourhood:neighbourhood_id municipality:municipality_id? state:int before:task_id
--      kinds:int minutes_max:int reward_min:int places_min:int tools:int light:bool
--      indoor:bool wheelchair:bool child:bool
--      south:int north:int west:int east:int rows_max:int
--   out like task_newest
SELECT t.id FROM task t
WHERE t.neighbourhood = :neighbourhood AND t.state = :state AND t.id < :before
  AND (:municipality IS NULL OR t.municipality = :municipality)
  AND ((:kinds >> CAST(t.category AS INTEGER)) & 1) = 1
  AND t.minutes <= :minutes_max AND t.reward >= :reward_min AND t.places >= :places_min
  AND (:tools < 0 OR (:tools = 1) = t.needs_tools)
  AND (NOT :light OR t.light) AND (NOT :indoor OR t.indoor)
  AND (NOT :wheelchair OR t.wheelchair_friendly) AND (NOT :child OR t.child_friendly)
  AND t.latitude BETWEEN :south AND :north AND t.longitude BETWEEN :west AND :east
ORDER BY t.id DESC LIMIT :rows_max;

-- task_in_cells each
--   in state:int cell_first:int cell_last:int row_first:int row_last:int
--      municipality:municipality_id? neighbourhood:neighbourhood_id?
--      kinds:int minutes_max:int reward_min:int places_min:int tools:int light:bool
--      indoor:bool wheelchair:bool child:bool
--      south:int north:int west:int east:int
--   out id:task_id latitude:int longitude:int
SELECT t.id, t.latitude, t.longitude FROM task t
WHERE t.state = :state AND t.cell BETWEEN :cell_first AND :cell_last
  AND t.cell % 20000 BETWEEN :row_first AND :row_last
  AND (:municipality IS NULL OR t.municipality = :municipality)
  AND (:neighbourhood IS NULL OR t.neighbourhood = :neighbourhood)
  AND ((:kinds >> CAST(t.category AS INTEGER)) & 1) = 1
  AND t.minutes <= :minutes_max AND t.reward >= :reward_min AND t.places >= :places_min
  AND (:tools < 0 OR (:tools = 1) = t.needs_tools)
  AND (NOT :light OR t.light) AND (NOT :indoor OR t.indoor)
  AND (NOT :wheelchair OR t.wheelchair_friendly) AND (NOT :child OR t.child_friendly)
  AND t.latitude BETWEEN :south AND :north AND t.longitude BETWEEN :west AND :east;

-- task_claim_of maybe
--   in task:task_id person:person_id
--   out claim:claim_id is_done:bool
SELECT c.id, c.state = 3 FROM claim c
WHERE c.person = :person AND c.task = :task AND c.state IN (0, 1, 2, 3)
ORDER BY c.id DESC LIMIT 1;

-- task_insert run
--   in id:task_id municipality:municipality_id neighbourhood:neighbourhood_id issuer:issuer_id
--      external_id:text? title:text description:text instructions:text category:int state:int
--      minutes:int reward:coins places:int claim_hours:int latitude:int longitude:int cell:int
--      keeper:text extra_work_reason:text tools:text light:bool indoor:bool
--      wheelchair_friendly:bool child_friendly:bool batch:any_id? author:person_id now:instant
INSERT INTO task (id, municipality, neighbourhood, issuer, external_id, title, description,
  instructions, category, state, minutes, reward, places, claim_hours, latitude, longitude, cell,
  keeper, extra_work_reason, tools, needs_tools, light, indoor, wheelchair_friendly, child_friendly,
  batch, author, created_at)
VALUES (:id, :municipality, :neighbourhood, :issuer, :external_id, :title, :description,
  :instructions, :category, :state, :minutes, :reward, :places, :claim_hours, :latitude,
  :longitude, :cell, :keeper, :extra_work_reason, :tools, :tools <> '', :light, :indoor,
  :wheelchair_friendly, :child_friendly, :batch, :author, :now);

-- task_facts one lock
--   in task:task_id
--   out state:int author:person_id municipality:municipality_id issuer:issuer_id opened_at:instant?
SELECT state, author, municipality, issuer, opened_at FROM task WHERE id = :task AND state <> 4;

-- task_open count
--   in task:task_id by:person_id now:instant
UPDATE task SET state = 1, signed_off_by = :by, opened_at = :now WHERE id = :task AND state = 0;

-- task_withdraw run
--   in task:task_id now:instant
UPDATE task SET state = 3, closed_at = :now WHERE id = :task;

-- task_place_more run
--   in task:task_id now:instant
UPDATE task SET places_taken = places_taken + 1,
  state = CASE WHEN places_taken + 1 >= places AND state = 1 THEN 2 ELSE state END,
  closed_at = CASE WHEN places_taken + 1 >= places AND state = 1 THEN :now ELSE closed_at END
WHERE id = :task;

-- task_place_less run
--   in task:task_id
UPDATE task SET places_taken = places_taken - 1,
  state = CASE WHEN state = 2 THEN 1 ELSE state END,
  closed_at = CASE WHEN state = 2 THEN NULL ELSE closed_at END
WHERE id = :task AND places_taken > 0;

-- task_batch_list many 100
--   in municipality:municipality_id? state:int
--   out batch:any_id drafts:int first_task:task_id municipality:municipality_id author:person_id
--       author_name:text? municipality_name:text sample_title:text reward_max:coins
SELECT b.batch, b.drafts, b.first_task, t.municipality, t.author, p.name, m.name, t.title,
  b.reward_max
FROM (SELECT batch, count(*) AS drafts, min(id) AS first_task, max(reward) AS reward_max
      FROM task
      WHERE state = :state AND batch IS NOT NULL
        AND (:municipality IS NULL OR municipality = :municipality)
      GROUP BY batch) b
  JOIN task t ON t.id = b.first_task
  JOIN municipality m ON m.id = t.municipality
  LEFT JOIN person p ON p.id = t.author
ORDER BY b.batch DESC LIMIT 100;
-- pg:
SELECT b.batch, b.drafts, b.first_task, t.municipality, t.author, p.name, m.name, t.title,
  b.reward_max
FROM (SELECT batch, count(*) AS drafts, min(id::text)::uuid AS first_task, max(reward) AS reward_max
      FROM task
      WHERE state = :state AND batch IS NOT NULL
        AND (:municipality IS NULL OR municipality = :municipality)
      GROUP BY batch) b
  JOIN task t ON t.id = b.first_task
  JOIN municipality m ON m.id = t.municipality
  LEFT JOIN person p ON p.id = t.author
ORDER BY b.batch DESC LIMIT 100;

-- task_batch_facts maybe
--   in batch:any_id
--   out state:int author:person_id municipality:municipality_id drafts:int
SELECT t.state, t.author, t.municipality,
  (SELECT count(*) FROM task c WHERE c.batch = :batch AND c.state = 0)
FROM task t WHERE t.batch = :batch AND t.state = 0
ORDER BY t.id LIMIT 1;

-- task_batch_open count
--   in batch:any_id by:person_id now:instant rows_max:int
UPDATE task SET state = 1, signed_off_by = :by, opened_at = :now
WHERE id IN (SELECT c.id FROM task c WHERE c.batch = :batch AND c.state = 0 LIMIT :rows_max);

-- A batch that is worked through in parts leaves a note, so that a restart goes on with it.

-- task_note_put run
--   in name:text value:text
INSERT INTO setting (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- task_note_delete run
--   in name:text
DELETE FROM setting WHERE name = :name;

-- task_note_first maybe
--   in after:text before:text
--   out name:text value:text
SELECT name, value FROM setting WHERE name > :after AND name < :before ORDER BY name LIMIT 1;

-- Import: every row of the file is compared with what is here.

-- task_by_external maybe
--   in municipality:municipality_id external_id:text
--   out id:task_id state:int title:text description:text instructions:text category:int
--       minutes:int reward:coins places:int places_taken:int claim_hours:int latitude:int
--       longitude:int neighbourhood:neighbourhood_id keeper:text extra_work_reason:text tools:text
--       light:bool indoor:bool wheelchair_friendly:bool child_friendly:bool
SELECT id, state, title, description, instructions, category, minutes, reward, places,
  places_taken, claim_hours, latitude, longitude, neighbourhood, keeper, extra_work_reason, tools,
  light, indoor, wheelchair_friendly, child_friendly
FROM task WHERE municipality = :municipality AND external_id = :external_id;

-- task_staged many 200
--   in batch:any_id rows_max:int
--   out id:task_id municipality:municipality_id external_id:text
SELECT id, municipality, external_id FROM task
WHERE batch = :batch AND state = 4
ORDER BY id LIMIT :rows_max;

-- task_staged_get one
--   in task:task_id
--   out like task_by_external
SELECT id, state, title, description, instructions, category, minutes, reward, places,
  places_taken, claim_hours, latitude, longitude, neighbourhood, keeper, extra_work_reason, tools,
  light, indoor, wheelchair_friendly, child_friendly
FROM task WHERE id = :task;

-- task_staged_show run
--   in task:task_id
UPDATE task SET state = 0 WHERE id = :task AND state = 4;

-- task_text_update run
--   in task:task_id title:text description:text instructions:text category:int minutes:int
--      reward:coins places:int claim_hours:int latitude:int longitude:int cell:int
--      neighbourhood:neighbourhood_id keeper:text extra_work_reason:text tools:text light:bool
--      indoor:bool wheelchair_friendly:bool child_friendly:bool
UPDATE task SET title = :title, description = :description, instructions = :instructions,
  category = :category, minutes = :minutes, reward = :reward, places = :places,
  claim_hours = :claim_hours, latitude = :latitude, longitude = :longitude, cell = :cell,
  neighbourhood = :neighbourhood, keeper = :keeper, extra_work_reason = :extra_work_reason,
  tools = :tools, needs_tools = (:tools <> ''), light = :light, indoor = :indoor,
  wheelchair_friendly = :wheelchair_friendly, child_friendly = :child_friendly
WHERE id = :task;

-- task_delete run
--   in task:task_id
DELETE FROM task WHERE id = :task AND state = 4;

-- task_leftover maybe
--   out batch:any_id
SELECT batch FROM task WHERE state = 4 LIMIT 1;
