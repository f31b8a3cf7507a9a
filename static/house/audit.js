// @ts-check
// Who did what: the log of staff's doings, newest first, and the whole of it as a file.
import { html, useState } from "../vendor/ui.js"
import { Answer, DateField, More, Section, dateOf, moment, useAsk, useList } from "./parts.js"
import { ROLE, spoken } from "./words.js"

/** @typedef {import("./types.js").AuditEntry} AuditEntry */

/** Those who act without an account of the house. @type {Record<string, string>} */
const BY = { system: "The system itself", operator: "Operator of this installation" }

export default function Audit() {
  const [since, setSince] = useState(dateOf(-30))
  const { asked, rows, next, goOn } = useList("audit", "entries")
  // The log holds ids alone: who that is today is asked beside it.
  const team = useAsk("team", { still: true }).found?.team ?? []
  const names = new Map(team.map((/** @type {{id: string, name: string}} */ one) => [one.id, one.name]))
  const called = (/** @type {string} */ id) => names.get(id) ?? BY[id] ?? id
  const tools = html`<${DateField} label="Export since" id="since" value=${since} max=${dateOf()} onchange=${setSince} /><a class="button" href=${`/api/v1/audit/export?since=${since}`} download=${`audit-${since}.ndjson`}>Export</a>`
  return html`<${Section} title="Audit log" lead="Entries cannot be changed: each is chained to the one before, and the export carries the ends of all chains." tools=${tools}>
    <${Answer} asked=${asked} empty=${rows.length === 0 && "Nothing was noted yet."}>
      <div class="card wide"><table class="table stacked"><thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">About</th></tr></thead>
        <tbody>${rows.map((/** @type {AuditEntry} */ one) => html`<tr key=${one.seq}><td class="soft small">${moment(one.at)}</td><td>${called(one.by)}${ROLE[one.role] ? html` <span class="soft small">${ROLE[one.role]}</span>` : ""}</td><td>${spoken(one.what)}</td><td class="small soft">${one.subject && one.subject !== one.by ? called(one.subject) : ""}</td></tr>`)}</tbody></table></div>
      <${More} next=${next} goOn=${goOn} />
    <//>
  <//>`
}
