/** The shapes that travel: the view of api.md and the frames of protocol.md. Nothing here is served to browsers. */

export type Id = string
/** Whole minor units of the bill's currency. */
export type Amount = number

export interface TableSession {
  id: Id
  status: "open" | "settling" | "settled" | "closed" | "abandoned"
  covers: number
  table: { id: Id; label: string }
  restaurant: { id: Id; name: string }
  currency: string
  taxInclusive: boolean
  openedAt: string
  expiresAt?: string
  settledAt?: string
  mergedInto?: Id
}

export interface Guest {
  name: string
  color: string
  companionOf?: Id
  due: Amount
  reserved: Amount
  settled: Amount
  tip: Amount
  left?: boolean
  /** When the table reminded this guest of what they owe. */
  remindedAt?: string
}

export interface Order {
  by?: Id
  at: string
  lines: Id[]
}

export interface Line {
  n: number
  menuItemId?: Id
  name: string
  taxRatePpm?: number
  quantity: number
  unitPrice: Amount
  modifiers: { id: Id; name: string; price: Amount }[]
  note?: string
  price: Amount
  discount: Amount
  net: Amount
  tax: Amount
  service: Amount
  charged: Amount
  unpaid: Amount
  reserved: Amount
  settled: Amount
  status: "placed" | "preparing" | "ready" | "served" | "voided" | "comped"
  orderedBy?: Id
  claims: Record<Id, number>
  openParts?: number
  /** It is a gift card or a pass. */
  product?: "giftCard" | "pass"
  granted?: boolean
  /** Why it was voided, comped or discounted. */
  reason?: string
  /** Settled money by the guest it was paid for; "open" for money that was nobody's. */
  paidBy?: Record<Id, Amount>
  heldBy?: Record<Id, Amount>
}

export interface Split {
  mode: "items" | "even" | "percent" | "amounts"
  shares?: number
  parts: Record<Id, number>
  consumed: Record<Id, number>
  amounts: Record<Id, Amount>
}

export interface Totals {
  subtotal: Amount
  discount: Amount
  service: Amount
  tax: Amount
  taxes: Record<string, Amount>
  total: Amount
  reserved: Amount
  settled: Amount
  refunding: Amount
  unpaid: Amount
  open: Amount
  credit: Amount
  tips: Amount
}

export type PaymentStatus = "initiated" | "awaiting" | "processing" | "authorized" | "succeeded" | "canceled" | "refused"

export interface Payment {
  guest?: Id
  method: "card" | "cash" | "terminal" | "giftCard"
  amount: Amount
  tip: Amount
  status: PaymentStatus
  expiresAt?: string
  at: string
  paidAt?: string
  /** The payer's bank wants a confirmation. */
  action?: boolean
  /** It is being cancelled; the share is held until that is certain. */
  expiring?: boolean
  released?: boolean
  /** Why the newest attempt was refused. */
  decline?: string
  surplus: Amount
  refunding?: Amount
  refunded: Amount
  disputed: boolean
  rounding?: Amount
  /** The group payment that it is a share of. */
  group?: Id
  /** The last four signs of the gift card that paid. */
  reference?: string
  allocations: Record<Id, Record<Id, Amount>>
}

export interface Request {
  kind: "waiter" | "bill" | "water" | "other" | "join" | "review"
  by?: Id
  at: string
  claimedBy?: Id
}

export interface View {
  tableSession: TableSession
  guests: Record<Id, Guest>
  orders: Record<Id, Order>
  lines: Record<Id, Line>
  split: Split
  totals: Totals
  payments: Record<Id, Payment>
  requests: Record<Id, Request>
  discounts: Record<Id, { kind: "percent" | "amount"; ppm?: number; amount?: Amount; scope: "rest" | "all"; reason: string }>
  serviceCharge?: { ppm: number; fromCovers: number; applies: boolean }
  holds: Record<Id, Hold>
  groups?: Record<Id, Group>
}

/** Money set aside on a guest's card: a tab. */
export interface Hold {
  guest: Id
  amount: Amount
  status: "placed" | "authorized" | "capturing" | "captured" | "releasing" | "released" | "expired" | "refused"
  raising?: Amount
  captured?: Amount
  decline?: string
  closing?: boolean
}

/** What its holder is told of a tab. */
export interface HoldState extends Hold {
  id: Id
  tableSessionId: Id
  publishableKey?: string
  clientSecret?: string
  nextAction?: string
  checking?: boolean
  card?: string
  expiresAt?: string
  captureBefore?: string
  canRaise?: boolean
  paymentId?: Id
  owed?: Amount
}

/** Several payers who pay together or not at all. */
export interface Group {
  by?: Id
  status: "open" | "capturing" | "succeeded" | "released"
  startedAt: string
  deadline: string
  amount: Amount
  tip?: Amount
  payments: Record<Id, Id>
  waiting: Id[]
  ready: Id[]
  remindedAt?: string
  reminders?: number
  reason?: string
  endedAt?: string
}

/** A gift card or a pass, with its code only for whoever bought it. */
export interface GiftCard {
  id: Id
  kind: "giftCard" | "pass"
  code?: string
  currency: string
  value?: Amount
  balance?: Amount
  usesLeft?: number
  validUntil?: string
  state: string
  last4: string
}

export interface Modifier { id: Id; name: string; price: Amount }
export interface ModifierGroup { id: Id; name: string; min: number; max: number; modifiers: Modifier[] }
export interface MenuItem {
  id: Id
  name: string
  description?: string
  price: Amount
  taxRatePpm?: number
  available: boolean
  left?: number
  modifierGroups: ModifierGroup[]
}
export interface Menu {
  currency: string
  taxInclusive: boolean
  serviceCharge?: { ppm: number; fromCovers: number }
  tipPresets: number[]
  categories: { id: Id; name: string; items: MenuItem[] }[]
}

/** A payment as REST tells its payer. */
export interface StartedPayment {
  id: Id
  clientSecret?: string
  publishableKey?: string
  amount: Amount
  tipAmount: Amount
  tableSessionId: Id
  status: PaymentStatus
  expiresAt?: string
  paymentMethod?: string
  nextAction?: string
  /** The provider's answer was lost; the server is finding out. */
  checking?: boolean
  decline?: string
  receiptUrl?: string
  giftCard?: { id: Id; last4: string; balance?: Amount; usesLeft?: number }
  refunded?: Amount
  refunding?: Amount
}

/** Any frame; which members are there depends on `t`. */
export interface Frame {
  t: string
  r?: string
  n?: number
  e?: string
  id?: number
  k?: string
  d?: any
  m?: string
  at?: string
  by?: Id
  mid?: number
  from?: number
  to?: number
  why?: string
  code?: any
  msg?: string
  retry?: boolean
  retry_ms?: [number, number]
  dup?: boolean
  now?: string
  sid?: string
  ping_s?: number
  pv?: number
  on?: Id[]
  off?: Id[]
  full?: boolean
  [name: string]: unknown
}

/** An event as the pages see it: who changed what. */
export interface Change {
  n: number
  k: string
  by: Id
  at: string
  m?: string
  d: any
}
