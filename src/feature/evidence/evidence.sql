-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- evidence_facts one lock
--   in claim:claim_id
--   out person:person_id state:int deadline_at:instant photos:int
SELECT c.person, c.state, c.deadline_at,
  (SELECT count(*) FROM evidence e WHERE e.claim = c.id)
FROM claim c WHERE c.id = :claim;

-- evidence_get one
--   in evidence:evidence_id
--   out id:evidence_id claim:claim_id person:person_id municipality:municipality_id moment:int
--       photo_sha256:bytes thumbnail_sha256:bytes width:int height:int added_at:instant
SELECT e.id, e.claim, c.person, t.municipality, e.moment, e.photo_sha256, e.thumbnail_sha256,
  e.width, e.height, e.added_at
FROM evidence e
  JOIN claim c ON c.id = e.claim
  JOIN task t ON t.id = c.task
WHERE e.id = :evidence;

-- evidence_same maybe
--   in claim:claim_id moment:int photo_sha256:bytes
--   out id:evidence_id
SELECT id FROM evidence
WHERE claim = :claim AND moment = :moment AND photo_sha256 = :photo_sha256
ORDER BY id LIMIT 1;

-- evidence_insert run
--   in id:evidence_id claim:claim_id moment:int photo_sha256:bytes thumbnail_sha256:bytes width:int
--      height:int now:instant
INSERT INTO evidence (id, claim, moment, photo_sha256, thumbnail_sha256, width, height, added_at)
VALUES (:id, :claim, :moment, :photo_sha256, :thumbnail_sha256, :width, :height, :now);

-- evidence_delete run
--   in evidence:evidence_id
DELETE FROM evidence WHERE id = :evidence;

-- evidence_uses one
--   in sha256:bytes
--   out rows:int
SELECT (SELECT count(*) FROM evidence WHERE photo_sha256 = :sha256)
  + (SELECT count(*) FROM evidence WHERE thumbnail_sha256 = :sha256);
