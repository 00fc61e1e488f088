// The peer of `scripts/bench tracker`: the same records as documents, through PouchDB replication.
//
//   node replicate.js serve FOLDER DOCUMENTS.ndjson   a CouchDB-compatible server (express-pouchdb,
//                                                     LevelDB) with the documents; prints its port
//   node replicate.js pull URL FOLDER [BATCH]         a device: replicates into LevelDB, prints
//                                                     {"seconds", "processor_seconds", "documents", "peak_kib"}
"use strict";

const fs = require("fs");
const readline = require("readline");
const PouchDB = require("pouchdb");

const FILL_BATCH = 1000;

async function fill(db, path) {
  let batch = [];
  for await (const line of readline.createInterface({ input: fs.createReadStream(path) })) {
    batch.push(JSON.parse(line));
    if (batch.length === FILL_BATCH) {
      await db.bulkDocs(batch);
      batch = [];
    }
  }
  await db.bulkDocs(batch);
}

async function serve(folder, path) {
  const Server = PouchDB.defaults({ prefix: folder + "/" });
  await fill(new Server("records"), path);
  const app = require("express")();
  app.use(require("express-pouchdb")(Server, {
    mode: "minimumForPouchDB",
    inMemoryConfig: true,
    logPath: folder + "/log.txt",
  }));
  const listener = app.listen(0, "127.0.0.1", () => console.log(listener.address().port));
}

async function pull(url, folder, batch) {
  const local = new PouchDB(folder + "/device");
  const options = batch ? { batch_size: Number(batch), batches_limit: 10 } : {};
  const [start, before] = [process.hrtime.bigint(), process.cpuUsage()];
  const result = await local.replicate.from(url, options);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(before);
  const processor_seconds = (user + system) / 1e6;
  const documents = (await local.info()).doc_count;
  if (!result.ok) throw new Error("the replication did not end well");
  const peak_kib = process.resourceUsage().maxRSS;
  console.log(JSON.stringify({ seconds, processor_seconds, documents, peak_kib }));
}

const [command, ...rest] = process.argv.slice(2);
const commands = { serve, pull };
if (!commands[command]) {
  console.error("usage: node replicate.js serve FOLDER DOCUMENTS | pull URL FOLDER [BATCH]");
  process.exit(2);
}
commands[command](...rest).catch((error) => {
  console.error(String(error));
  process.exit(1);
});
