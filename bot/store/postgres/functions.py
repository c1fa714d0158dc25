"""What statements call that SQLite has and PostgreSQL has not, and what is searched; made in Heard's own schema.

What no text of PostgreSQL's can hold is U+FFFD, as everywhere else. They name what they use in full: an index that
rests on one is kept with no search path at all. ``{schema}`` is the schema's quoted name.
"""

from __future__ import annotations

FUNCTIONS = r"""
CREATE OR REPLACE FUNCTION {schema}.json_each(whole text, OUT key text, OUT value text) RETURNS SETOF record
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS $$
DECLARE
  said text := pg_catalog.replace($1, '\u0000', '\ufffd');
  held json;
BEGIN
  IF pg_catalog.strpos(said, '\ud') > 0 THEN -- halves of pairs, which no text can hold
    said := pg_catalog.regexp_replace(said, '\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])', '\\ufffd', 'g');
    said := pg_catalog.regexp_replace(said, '(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}', '\\ufffd', 'g');
  END IF;
  held := said::json;
  IF pg_catalog.json_typeof(held) = 'array' THEN
    RETURN QUERY SELECT (e.ordinality - 1)::text, e.value
      FROM pg_catalog.json_array_elements_text(held) WITH ORDINALITY e(value, ordinality);
  ELSE
    RETURN QUERY SELECT e.key, e.value FROM pg_catalog.json_each_text(held) e;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION {schema}.json_extract(whole text, path text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.jsonb_path_query_first($1::jsonb, $2::jsonpath) #>> '{}'
$$;

CREATE OR REPLACE FUNCTION {schema}.json_of_texts(texts text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT pg_catalog.to_json($1)::text $$;

CREATE OR REPLACE AGGREGATE {schema}.json_group_array(text) (
  SFUNC = pg_catalog.array_append, STYPE = text[], INITCOND = '{}', FINALFUNC = {schema}.json_of_texts
);

CREATE OR REPLACE FUNCTION {schema}.instr(whole text, part text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT pg_catalog.strpos($1, $2) $$;

CREATE OR REPLACE FUNCTION {schema}.heard_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""

SEARCH = r"""
CREATE TEXT SEARCH DICTIONARY {schema}.heard_stems (TEMPLATE = pg_catalog.snowball, LANGUAGE = english);
CREATE TEXT SEARCH CONFIGURATION {schema}.heard (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION {schema}.heard
  ALTER MAPPING FOR asciiword, word, numword WITH {schema}.heard_stems;

CREATE FUNCTION {schema}.heard_plain(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.regexp_replace(
    pg_catalog.regexp_replace(pg_catalog.normalize($1, 'NFD'), '[\u0300-\u036f]', '', 'g'),
    '[\u0001-\u001f\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]+', ' ', 'g')
$$;

CREATE FUNCTION {schema}.heard_words(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT pg_catalog.to_tsvector(
    '{schema}.heard'::pg_catalog.regconfig, pg_catalog.left({schema}.heard_plain($1), 200000))
$$;

CREATE FUNCTION {schema}.heard_search(search text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT COALESCE(pg_catalog.string_agg('(' || part.query || ')', ' & '), '')::pg_catalog.tsquery FROM (
    SELECT pg_catalog.phraseto_tsquery('{schema}.heard'::pg_catalog.regconfig, {schema}.heard_plain(found[1]))::text
    FROM pg_catalog.regexp_matches($1, '"([^"]*)"', 'g') AS found
  ) part(query) WHERE part.query <> ''
$$;
"""
"""Texts are found by their words in any form: accents are taken off, all but letters and digits part words, English
endings come off, and no word is too common to be looked for. Of a text the first 200,000 characters are found: of more,
a tsvector might have to hold more than the megabyte that it can. ``heard_search`` takes words and phrases in double
quotes, all of which must be there.
"""
