/** What the house's pages are told: the shapes of docs/api.md. Nothing here is served to browsers. */
import type { Amount, Id } from "../shared/types.js"

export type Role = "owner" | "manager" | "waiter" | "kitchen"

export interface Page {
  staff: { id: Id; name: string; role: Role }
  restaurant: { id: Id; name: string; currency: string; timezone?: string }
  now: string
}

export interface Person { id: Id; name: string }

export interface Refund {
  id: Id
  /** Absent while it is asked for a whole table. */
  paymentId?: Id
  tableSessionId: Id
  table?: string
  paymentMethod?: "card" | "cash" | "terminal" | "giftCard"
  card?: string
  currency: string
  amount: Amount
  tipAmount?: Amount
  rounding?: Amount
  state: "asked" | "declined" | "withdrawn" | "planned" | "pending" | "succeeded" | "failed"
  cause: "staff" | "credit" | "surplus" | "provider" | "dispute"
  reason: string
  owedAgain: boolean
  askedBy?: Person
  askedAt: string
  decidedBy?: Person
  decidedAt?: string
  endedAt?: string
  failureReason?: string
  checking?: boolean
}

export interface Dispute {
  id: Id
  paymentId: Id
  tableSessionId: Id
  table?: string
  currency: string
  amount: Amount
  withdrawn: Amount
  reason: string
  state: "open" | "won" | "lost" | "withdrawn" | "unknown"
  providerStatus: string
  respondBy?: string
  openedAt: string
  closedAt?: string
  evidenceUrl: string
}

export interface Signal { name: string; value: number; usual: number; points: number; text: string }

export interface Review {
  id: Id
  state: "open" | "allowed" | "blocked" | "expired"
  verdict: "allow" | "challenge" | "block"
  score: number
  tableSessionId: Id
  table?: string
  guest?: string
  amount: Amount
  tipAmount: Amount
  currency: string
  signals: Signal[]
  createdAt: string
  decidedAt?: string
  decidedBy?: string
  reason?: string
}

export interface Finding {
  id: Id
  kind: string
  title: string
  advice: string
  subject: string
  tableSessionId?: Id
  state: "open" | "resolved" | "closed"
  facts: Record<string, string | number | boolean>
  seen: number
  firstSeenAt: string
  lastSeenAt: string
  closedAt?: string
  closedBy?: string
  note?: string
}

export interface Drawer {
  id: Id
  openedAt: string
  openedBy: string
  opening: Amount
  carried: Amount
  cashIn: Amount
  change: Amount
  handedBack: Amount
  expected: Amount
  countedAt?: string
  countedBy?: string
  counted?: Amount
  difference?: Amount
}

export interface DayReport {
  date: string
  from: string
  to: string
  timezone: string
  currency: string
  isOver: boolean
  visits: number
  sales: { gross: Amount; discounts: Amount; comps: Amount; voids: Amount; net: Amount; service: Amount; tax: Amount; total: Amount }
  taxes: { ratePpm: number; net: Amount; tax: Amount }[]
  tips: { collected: Amount; refunded: Amount }
  methods: { method: string; payments: number; amount: Amount; refunds: number; refunded: Amount; net: Amount }[]
  payments: { count: number; base: Amount; tips: Amount; rounding: Amount; total: Amount }
  refunds: { count: number; amount: Amount; onTheirWay: Amount }
  fees: { provider: Amount; application: Amount }
  open: { receivable: Amount; credits: Amount; refundsOnTheirWay: Amount; disputed: Amount }
  writtenOff: Amount
  drawers: Drawer[]
  stripe: {
    reachable: boolean
    captured?: Amount
    refunded?: Amount
    ours?: { captured: Amount; refunded: Amount }
    differences?: { kind: "missing_here" | "missing_there" | "amount"; stripeId?: string; paymentId?: Id; ours?: Amount; theirs?: Amount }[]
  }
  balanced: boolean
}

export interface Payout { id: string; amount: Amount; currency: string; status: string; arrivesOn: string; createdAt: string }

export interface TipRule { by: "hours" | "points" | "served"; points: Record<Role, number>; from?: string }
export interface TipShare { staffId: Id; name: string; role: Role; minutes: number; amount: Amount }
export interface TipPool { from: string; to: string; currency: string; pool: Amount; distributed: Amount; undistributed: Amount; staff: TipShare[]; days: { date: string; by: string; pool: Amount; undistributed: Amount; shares: Record<Id, Amount> }[] }
export interface Statement { staffId: Id; name: string; role: Role; from: string; to: string; currency: string; minutes: number; amount: Amount; days: { date: string; by: string; minutes: number; pool: Amount; amount: Amount }[] }
export interface Shift { id: Id; staffId: Id; name: string; role: Role; date: string; minutes: number }
export interface TeamMember { id: Id; name: string; role: Role; active: boolean }

export interface Analytics {
  restaurantId: Id
  dateFrom: string
  dateTo: string
  currency: string
  totalTransactions: number
  totalAmount: Amount
  paymentMethods: Record<string, { count: number; amount: Amount }>
  avgTipPercentage: number
  splitPaymentRate: number
  totalTips: Amount
  refundedAmount: Amount
  refundRate: number
  successRate: number
  averageAmount: Amount
  declines: Record<string, number>
  averageSeconds?: number
  byDay: { date: string; count: number; amount: Amount; tips: Amount }[]
  byHour: { hour: number; count: number; amount: Amount }[]
}

export interface Grants { kind: "giftCard" | "pass"; value?: Amount; uses?: number; validDays?: number; items?: Id[] }
export interface Product { menuItemId: Id; name: string; price: Amount; available: boolean; grants: Grants }
export interface GiftCard {
  id: Id
  kind: "giftCard" | "pass"
  currency: string
  value?: Amount
  balance?: Amount
  /** How often a pass may be used; in the house's list the redemptions. */
  uses?: any
  usesLeft?: number
  validFrom: string
  validUntil?: string
  state: string
  last4: string
  soldAt?: string
}

export interface Booking {
  id: Id
  state: "booked" | "seated" | "canceled" | "no_show"
  at: string
  until: string
  people: number
  table?: { id: Id; label: string }
  name: string
  contact?: string
  tableSessionId?: Id
  holdId?: Id
  holdStatus?: string
  noShowAmount?: Amount
  cancelBefore?: string
  charged?: Amount
  currency: string
}
export interface BookingPolicy { tabPpm: number; tabEstimate: Amount; bookable: boolean; noShowAmount: Amount; cancelHours: number; bookingMinutes: number; daysAhead: number; peopleMax: number }

export interface AuditEntry { seq: number; at: string; by: string; role: string; what: string; subject?: string; where?: string; detail?: Record<string, any> }
