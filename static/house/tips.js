// @ts-check
// Tips: what everybody gets, by which rule, from which hours; whoever works here sees their own.
import { html, useState } from "../vendor/ui.js"
import { Segmented, Stepper } from "../shared/sheet.js"
import { ask, tell } from "../staff/calls.js"
import { Answer, DateField, Do, Figures, Section, dateOf, dayName, hours, manages, price, saveTable, useAsk } from "./parts.js"
import { ROLE } from "./words.js"

/** @typedef {import("./types.js").TipPool} TipPool */
/** @typedef {import("./types.js").TipRule} TipRule */

/** @type {Record<string, string>} */
const RULE = { hours: "By hours worked", points: "By hours and points of the role", served: "To who served the table" }

export default function Tips() {
  const [from, setFrom] = useState(dateOf(-6))
  const [to, setTo] = useState(dateOf())
  const tools = html`<${DateField} label="From" id="from" value=${from} max=${to} onchange=${setFrom} /><${DateField} label="To" id="to" value=${to} max=${dateOf(1)} onchange=${setTo} />`
  return html`<${Section} title="Tips" lead="Tips of the business days, shared out to the cent." tools=${tools}>
    ${manages && html`<${Pool} from=${from} to=${to} />`}
    <${Statement} from=${from} to=${to} />
    ${manages && html`<div class="columns"><${Rule} /><${Shifts} from=${from} to=${to} /></div>`}
  <//>`
}

/** @param {{from: string, to: string}} props */
function Pool({ from, to }) {
  const asked = useAsk(`tips?from=${from}&to=${to}`)
  /** @type {TipPool | null} */
  const pool = asked.found
  const save = () => pool && saveTable(`tips-${from}-${to}.csv`, [["name", "role", "minutes", "amount"], ...pool.staff.map((one) => [one.name, one.role, one.minutes, one.amount])])
  return html`<${Answer} asked=${asked}>${pool && html`
    <${Figures} of=${[["In the pool", price(pool.pool)], ["Shared out", price(pool.distributed)], pool.undistributed !== 0 && ["Not shared out", price(pool.undistributed), "nobody's hours are noted for it"]]} />
    <section class="card stack"><div class="row"><h3 class="grow">Everybody's share</h3><button type="button" class="button" onClick=${save}>CSV</button></div>
      ${pool.staff.length === 0 ? html`<p class="soft">Nobody's hours are noted for these days.</p>` : html`<div class="wide"><table class="table"><thead><tr><th scope="col">Who</th><th scope="col" class="number">Hours</th><th scope="col" class="number">Tips</th></tr></thead>
        <tbody>${pool.staff.map((one) => html`<tr key=${one.staffId}><th scope="row">${one.name} <span class="soft small">${ROLE[one.role] ?? one.role}</span></th><td class="number">${hours(one.minutes)}</td><td class="number">${price(one.amount)}</td></tr>`)}</tbody></table></div>`}
    </section>`}<//>`
}

/** @param {{from: string, to: string}} props */
function Statement({ from, to }) {
  const asked = useAsk(`tips/statement?from=${from}&to=${to}`)
  /** @type {import("./types.js").Statement | null} */
  const mine = asked.found
  return html`<section class="card stack"><h3>Your own</h3><${Answer} asked=${asked} empty=${mine?.days.length === 0 && "Nothing in these days."}>${mine && html`
    <p>${price(mine.amount)} for ${hours(mine.minutes)}</p>
    <div class="wide"><table class="table"><thead><tr><th scope="col">Day</th><th scope="col" class="number">Hours</th><th scope="col" class="number">In the pool</th><th scope="col" class="number">Yours</th></tr></thead>
      <tbody>${mine.days.map((one) => html`<tr key=${one.date}><th scope="row">${dayName(one.date)}</th><td class="number">${hours(one.minutes)}</td><td class="number">${price(one.pool)}</td><td class="number">${price(one.amount)}</td></tr>`)}</tbody></table></div>`}<//></section>`
}

function Rule() {
  const asked = useAsk("tips/rule", { still: true })
  return html`<section class="card"><h3>The rule</h3><${Answer} asked=${asked}>${asked.found && html`<${RuleForm} key=${JSON.stringify(asked.found)} rule=${asked.found} again=${asked.again} />`}<//></section>`
}

/** @param {{rule: TipRule, again: () => Promise<void>}} props */
function RuleForm({ rule, again }) {
  const [by, setBy] = useState(rule.by)
  const [points, setPoints] = useState(rule.points)
  const [from, setFrom] = useState(dateOf())
  const save = async () => {
    await tell(ask("PUT", "tips/rule", { by, points, from }), "The rule is set.")
    await again()
  }
  return html`<${Segmented} name="rule" label="How tips are shared" value=${by} onchange=${(/** @type {any} */ value) => setBy(value)} options=${[{ value: "hours", label: "Hours" }, { value: "points", label: "Points" }, { value: "served", label: "Served" }]} />
    <p class="soft small">${RULE[by]}</p>
    ${by === "points" && Object.entries(ROLE).map(([role, name]) => html`<div class="row" key=${role}><span class="grow">${name}</span><${Stepper} label=${`Points of a ${name.toLowerCase()}`} value=${points[/** @type {"waiter"} */ (role)] ?? 0} onchange=${(/** @type {number} */ value) => setPoints({ ...points, [role]: value })} /></div>`)}
    <div class="form-row"><${DateField} label="From" id="rule-from" value=${from} onchange=${setFrom} /><${Do} label="Set the rule" run=${save} kind="primary" /></div>`
}

/** @param {{from: string, to: string}} props */
function Shifts({ from, to }) {
  const asked = useAsk(`shifts?from=${from}&to=${to}`)
  const team = useAsk("team", { still: true })
  /** @type {import("./types.js").Shift[]} */
  const rows = asked.found?.shifts ?? []
  const remove = async (/** @type {string} */ id) => {
    await tell(ask("DELETE", `shifts/${id}`))
    await asked.again()
  }
  return html`<section class="card"><h3>Hours</h3>
    <${Answer} asked=${team}>${team.found && html`<${NewShift} team=${team.found.team} again=${asked.again} />`}<//>
    <${Answer} asked=${asked} empty=${rows.length === 0 && "No hours are noted for these days."}><ul class="list">${rows.map((one) => html`<li class="row" key=${one.id}><span class="grow">${one.name}<br /><span class="soft small">${dayName(one.date)}</span></span><span class="amount">${hours(one.minutes)}</span><${Do} label="Remove" about=${`${one.name}, ${dayName(one.date)}`} run=${() => remove(one.id)} kind="quiet" /></li>`)}</ul><//>
  </section>`
}

/** @param {{team: import("./types.js").TeamMember[], again: () => Promise<void>}} props */
function NewShift({ team, again }) {
  const [who, setWho] = useState(team[0]?.id ?? "")
  const [date, setDate] = useState(dateOf())
  const [minutes, setMinutes] = useState(480)
  const add = async () => {
    await tell(ask("POST", "shifts", { staffId: who, date, minutes }), "Noted.")
    await again()
  }
  return html`<div class="form-row">
    <label class="field"><span class="label">Who</span><select value=${who} onChange=${(/** @type {any} */ event) => setWho(event.target.value)}>${team.filter((one) => one.active).map((one) => html`<option key=${one.id} value=${one.id}>${one.name}, ${ROLE[one.role] ?? one.role}</option>`)}</select></label>
    <${DateField} label="Day" id="shift-day" value=${date} onchange=${setDate} />
    <div class="field"><span class="label">Hours</span><${Stepper} label="Hours" value=${minutes / 30} text=${hours(minutes)} min=${1} max=${32} onchange=${(/** @type {number} */ halves) => setMinutes(halves * 30)} /></div>
    <${Do} label="Note it" run=${add} disabled=${!who} kind="primary" /></div>`
}
