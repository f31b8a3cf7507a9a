// socket.io, with its Redis adapter where there is a Redis: node socket_io.js PORT [REDIS]
import http from "node:http"
import {createAdapter} from "@socket.io/redis-adapter"
import {createClient} from "redis"
import {Server} from "socket.io"

const [port, redis] = process.argv.slice(2)
const numbers = new Map()
const server = http.createServer()
const io = new Server(server, {
  transports: ["websocket"],
  perMessageDeflate: false,
  pingInterval: 3_600_000,
  pingTimeout: 3_600_000,
  serveClient: false,
})
if (redis) {
  const out = createClient({url: redis})
  const listening = out.duplicate()
  await Promise.all([out.connect(), listening.connect()])
  io.adapter(createAdapter(out, listening))
}
io.on("connection", (socket) => {
  const room = socket.handshake.query.room
  socket.join(room)
  socket.on("m", (message) => {
    message.seq = (numbers.get(room) ?? 0) + 1
    numbers.set(room, message.seq)
    io.to(room).emit("m", message)
  })
})
server.listen({port: Number(port), host: "127.0.0.1", backlog: 4096})
