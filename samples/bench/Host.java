// SPDX-License-Identifier: GPL-2.0-only
package bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The same jobs by plain Java sockets over the loopback of the computer that all this runs on. */
final class Host {
    private Host() {}

    private static final long BULK = 1L << 30;
    private static final int TRIPS = 20_000;

    /** Few enough that the ports last: each is in TIME_WAIT for a minute of real time. */
    private static final int CONNECTIONS = 2_000;

    /** What a thread does that may fail. */
    private interface Work {
        void run() throws IOException;
    }

    /** @return MB/s */
    static double bulk() throws IOException {
        try (ServerSocket listener = listen()) {
            long[] time = new long[1];
            Thread receiver = start(() -> {
                try (Socket s = listener.accept()) {
                    byte[] buf = new byte[Ours.WRITE];
                    InputStream in = s.getInputStream();
                    long start = System.nanoTime();
                    while (in.read(buf) > 0) {
                        // all of it
                    }
                    time[0] = System.nanoTime() - start;
                }
            });
            try (Socket s = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
                byte[] buf = new byte[Ours.WRITE];
                OutputStream out = s.getOutputStream();
                for (long left = BULK; left > 0; left -= buf.length) {
                    out.write(buf);
                }
            }
            join(receiver);
            return BULK * 1e3 / time[0];
        }
    }

    /** One thread that writes and reads in turn. Java cannot switch off segmentation offload there: these are bytes, counted in segments. */
    static double segments() throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (SocketChannel c = SocketChannel.open(listener.getLocalAddress());
                    SocketChannel s = listener.accept()) {
                for (SocketChannel ch : new SocketChannel[] {c, s}) {
                    ch.configureBlocking(false);
                }
                ByteBuffer out = ByteBuffer.allocateDirect(Ours.WRITE);
                ByteBuffer in = ByteBuffer.allocateDirect(Ours.WRITE);
                long start = System.nanoTime();
                for (long left = BULK; left > 0; ) {
                    c.write(out.clear());
                    left -= s.read(in.clear());
                }
                return BULK * 1e9 / (System.nanoTime() - start) / Ours.SEGMENT;
            }
        }
    }

    /** @return round trips a second */
    static double roundtripBlocking() throws IOException {
        try (ServerSocket listener = listen()) {
            Thread server = start(() -> {
                try (Socket s = listener.accept()) {
                    s.setTcpNoDelay(true);
                    InputStream in = s.getInputStream();
                    OutputStream out = s.getOutputStream();
                    byte[] b = new byte[1];
                    while (in.read(b) > 0) {
                        out.write(b);
                    }
                }
            });
            double rate;
            try (Socket s = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
                s.setTcpNoDelay(true);
                InputStream in = s.getInputStream();
                OutputStream out = s.getOutputStream();
                byte[] b = new byte[1];
                long start = System.nanoTime();
                for (int i = 0; i < TRIPS; i++) {
                    out.write(b);
                    in.read(b);
                }
                rate = TRIPS * 1e9 / (System.nanoTime() - start);
            }
            join(server);
            return rate;
        }
    }

    /** @return round trips a second */
    static double roundtrip() throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (SocketChannel c = SocketChannel.open(listener.getLocalAddress());
                    SocketChannel s = listener.accept()) {
                for (SocketChannel ch : new SocketChannel[] {c, s}) {
                    ch.setOption(StandardSocketOptions.TCP_NODELAY, true);
                    ch.configureBlocking(false);
                }
                ByteBuffer b = ByteBuffer.allocateDirect(1);
                long start = System.nanoTime();
                for (int i = 0; i < TRIPS; i++) {
                    pass(c, s, b);
                    pass(s, c, b);
                }
                return TRIPS * 1e9 / (System.nanoTime() - start);
            }
        }
    }

    private static void pass(SocketChannel from, SocketChannel to, ByteBuffer b) throws IOException {
        b.clear();
        while (from.write(b) == 0) {
            Thread.onSpinWait();
        }
        b.clear();
        while (to.read(b) == 0) {
            Thread.onSpinWait();
        }
    }

    /** @return connections a second */
    static double connect() throws IOException {
        try (ServerSocket listener = listen()) {
            Thread server = start(() -> {
                for (int i = 0; i < CONNECTIONS; i++) {
                    listener.accept().close();
                }
            });
            long start = System.nanoTime();
            for (int i = 0; i < CONNECTIONS; i++) {
                new Socket(listener.getInetAddress(), listener.getLocalPort()).close();
            }
            double rate = CONNECTIONS * 1e9 / (System.nanoTime() - start);
            join(server);
            return rate;
        }
    }

    private static ServerSocket listen() throws IOException {
        return new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    }

    private static Thread start(Work work) {
        Thread t = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        t.start();
        return t;
    }

    private static void join(Thread t) {
        try {
            t.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
