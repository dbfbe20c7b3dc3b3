// One event: its profile is found or made, the event logged, the offer worked out, in one transaction.
// The token and the key are compared with constants, which is less than a real service would do.
import { createHash, randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';

const INSTANCE = '1/8';
const STREAM = 1;
const MOST = 100;
const { TOKEN, KEY, ALTERNATIVE_DATABASE } = process.env;

const TABLES = `
CREATE TABLE IF NOT EXISTS events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream bigint NOT NULL, time bigint NOT NULL, received bigint NOT NULL, profile bigint,
  uuid uuid NOT NULL, public boolean NOT NULL, digest bytea NOT NULL, body text NOT NULL,
  UNIQUE (stream, uuid));
CREATE TABLE IF NOT EXISTS profiles (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, created bigint NOT NULL, updated bigint NOT NULL,
  merged_into bigint, instance text NOT NULL, body text NOT NULL) WITH (fillfactor = 60);
CREATE TABLE IF NOT EXISTS profile_keys (key text COLLATE "C" PRIMARY KEY, profile bigint NOT NULL);
`;
const FIND = {
  name: 'find',
  text: `SELECT id, body FROM profiles WHERE id = (SELECT profile FROM profile_keys WHERE key = $1) FOR UPDATE`,
};
const MAKE = {
  name: 'make',
  text: `WITH made AS (INSERT INTO profiles (created, updated, instance, body) VALUES ($2, $2, $3, $4) RETURNING id)
    INSERT INTO profile_keys (key, profile) SELECT $1, id FROM made RETURNING profile AS id`,
};
const CHANGE = { name: 'change', text: 'UPDATE profiles SET updated = $2, body = $3 WHERE id = $1' };
const LOG = {
  name: 'log',
  text: `INSERT INTO events (stream, uuid, time, received, public, profile, digest, body)
    VALUES ($1, $2, $3, $3, false, $4, $5, $6)`,
};
const UNIQUE_VIOLATION = '23505';

const pool = new pg.Pool({ connectionString: ALTERNATIVE_DATABASE, max: 16 });
const offer = PROFILE =>
  PROFILE.preferences.length > 0
    ? { preferences_known: { attributes: {
        td_client_id: PROFILE.td_client_id, preferences: PROFILE.preferences.slice(-1)[0].value } } }
    : {};

async function apply(db, fields, text, now) {
  const client = fields.td_client_id;
  const key = `${INSTANCE}/td_client_id/${client}`;
  const found = (await db.query({ ...FIND, values: [key] })).rows[0];
  const state = found ? JSON.parse(found.body) : { k: {}, s: { 'preferences/list': [] } };
  state.k.td_client_id = [[client, now]];
  let items = state.s['preferences/list'];
  if (fields.some_key != null) {
    items = items.filter(item => item[0] !== fields.some_key);
    items.push([fields.some_key, now]);
    state.s['preferences/list'] = items = items.slice(-MOST);
  }
  const body = JSON.stringify(state);
  let id = found?.id;
  if (found) await db.query({ ...CHANGE, values: [id, now, body] });
  else id = (await db.query({ ...MAKE, values: [key, now, INSTANCE, body] })).rows[0].id;
  const digest = createHash('sha256').update(text).digest();
  await db.query({ ...LOG, values: [STREAM, randomUUID(), now, id, digest, text] });
  return offer({ td_client_id: client, preferences: items.map(([value, time]) => ({ value, time })) });
}

async function stored(fields, text) {
  const db = await pool.connect();
  try {
    for (;;) {
      await db.query('BEGIN');
      try {
        const offers = await apply(db, fields, text, Math.floor(Date.now() / 1000));
        await db.query('COMMIT');
        return offers;
      } catch (error) {
        await db.query('ROLLBACK');
        if (error.code !== UNIQUE_VIOLATION) throw error; // two made the same profile at once: find it now
      }
    }
  } finally {
    db.release();
  }
}

const app = Fastify();
app.addContentTypeParser('application/vnd.treasuredata.v1+json', { parseAs: 'string' }, (request, text, done) => {
  try {
    done(null, { fields: JSON.parse(text), text });
  } catch (error) {
    error.statusCode = 400;
    done(error);
  }
});
app.post('/your_database/pageviews', async (request, reply) => {
  if (request.headers['wp13n-token'] !== TOKEN || request.headers.authorization !== KEY) {
    return reply.code(401).send({ code: 401, message: 'unauthorized' });
  }
  reply.header('x-p13n-version', '1').header('x-request-id', randomUUID());
  return { offers: await stored(request.body.fields, request.body.text) };
});

await pool.query(TABLES);
await app.listen({ host: '127.0.0.1', port: Number(process.argv[2]) });
