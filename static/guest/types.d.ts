import type { Menu, View } from "../shared/types.js"

export type { Guest, Line, Menu, Payment, View } from "../shared/types.js"

export interface Me {
  id: string
  name: string
  color: string
}

/** What the server puts into the page. */
export interface Page {
  code: string
  restaurant: { id: string; name: string }
  table: { id: string; label: string }
  joinPolicy: "open" | "approve" | "pin"
  menu: Menu
  /** `cardMinimum`: what a card pays at least, in minor units. */
  pay: { js?: string; publishableKey: string; cardMinimum?: number }
  now: string
  me?: Me
  tableSession?: { id: string; epoch: string; version: number }
  view?: View
  /** The visit that this phone was in is over. */
  past?: { receiptUrl?: string }
}

export interface SheetWish {
  name: string
  props?: any
}

export interface Tip {
  kind: "none" | "ppm" | "amount"
  value: number
}

/** What a payment pays, as REST takes it. */
export type Pays = "mine" | "everything" | "open" | { guests: string[] } | { shares: number } | { amount: number }
