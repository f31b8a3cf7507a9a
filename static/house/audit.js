// @ts-check
// Who did what: the log of staff's doings, newest first, and the whole of it as a file.
import { html, useState } from "../vendor/ui.js"
import { Answer, DateField, More, Section, dateOf, moment, useList } from "./parts.js"
import { ROLE, spoken } from "./words.js"

/** @typedef {import("./types.js").AuditEntry} AuditEntry */

export default function Audit() {
  const [since, setSince] = useState(dateOf(-30))
  const { asked, rows, next, goOn } = useList("audit", "entries")
  const tools = html`<${DateField} label="Export since" id="since" value=${since} max=${dateOf()} onchange=${setSince} /><a class="button" href=${`/api/v1/audit/export?since=${since}`} download=${`audit-${since}.ndjson`}>Export</a>`
  return html`<${Section} title="Audit log" lead="Entries cannot be changed: each is chained to the one before, and the export carries the ends of all chains." tools=${tools}>
    <${Answer} asked=${asked} empty=${rows.length === 0 && "Nothing was noted yet."}>
      <div class="card wide"><table class="table"><thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">About</th></tr></thead>
        <tbody>${rows.map((/** @type {AuditEntry} */ one) => html`<tr key=${one.seq}><td>${moment(one.at)}</td><td>${one.by}${one.role ? html` <span class="soft small">${ROLE[one.role] ?? one.role}</span>` : ""}</td><td>${spoken(one.what)}</td><td class="small soft">${one.subject ?? ""}</td></tr>`)}</tbody></table></div>
      <${More} next=${next} goOn=${goOn} />
    <//>
  <//>`
}
