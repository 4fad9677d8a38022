// SPDX-License-Identifier: GPL-2.0-only
package copy;

import static linux.sched.Sched.kthread_create;
import static linux.sched.Sched.msleep;
import static linux.sched.Sched.wake_up_process;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_accept;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_shutdown;
import static linux.syscalls.SocketCalls.sys_socket;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import capture.PcapngWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import linux.errno.Errno;
import linux.hrtimer.Clock;
import linux.netdevice.PacketTap;
import linux.sched.task_struct;
import linux.socket.sockaddr_in;
import main.Arguments;
import main.UsageException;
import trace.Tracing;

/**
 * {@code copy FILE OUT}: a client task reads the file and sends it, a server task receives it and writes it; both work out the SHA-256
 * sum of what went by. What arrives goes to a file beside OUT first, which takes its name only if all went well.
 */
public final class Copy {
    private Copy() {}

    private static final Set<String> OPTIONS = Arguments.and(Tracing.OPTIONS, "pcap", "seed", "sysctl", "delay", "rate", "loss", "duplicate", "reorder",
            "corrupt", "paths", "path-manager", "scheduler", "congestion");

    /** Bytes of one system call. */
    private static final int CHUNK = 64 * 1024;

    /** A packet of a capture is kept up to here: headers, and some data. */
    private static final int SNAP = 256;

    private static final int PORT = 5001;

    /** @return the exit status */
    public static int main(String[] args) throws UsageException, IOException {
        Arguments a = Arguments.parse(args, 1, OPTIONS, Set.of("mptcp"));
        a.expectWords("FILE", "OUT");
        Path file = Path.of(a.word(0));
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new UsageException(file + (Files.exists(file) ? " is no file that can be read" : ": there is no such file"));
        }
        Path out = Arguments.writable(a.word(1));
        if (Files.exists(out) && Files.isSameFile(file, out)) {
            throw new UsageException(out + " is the file itself");
        }
        Path pcap = a.output("pcap");
        Tracing tracing = Tracing.of(a);
        Network network = Network.build(a);
        Path part = Files.createTempFile(out.toAbsolutePath().getParent(), out.getFileName() + ".", ".part");
        try {
            return transfer(file, part, out, pcap, network, tracing);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static int transfer(Path file, Path part, Path out, Path pcap, Network network, Tracing tracing) throws IOException {
        Subflows subflows = network.mptcp ? new Subflows(network) : null;
        long virtual = Clock.now();
        long real = System.nanoTime();
        Sender sender;
        Receiver receiver;

        try (InputStream in = Files.newInputStream(file);
                OutputStream to = Files.newOutputStream(part);
                PcapngWriter writer = pcap == null ? null : new PcapngWriter(pcap, network.devices, SNAP)) {
            PacketTap capture = writer == null ? null : writer.watch();
            sender = new Sender(in, network.address, Files.size(file));
            receiver = new Receiver(to);
            task_struct server = kthread_create("server", receiver);
            task_struct client = kthread_create("client", sender);
            server.net_ns = network.server;
            client.net_ns = network.client;
            tracing.start("copy of " + file.getFileName(), network.devices::contains);
            wake_up_process(server);
            wake_up_process(client);
            server.exited.wait_for_completion();
            client.exited.wait_for_completion();
            virtual = receiver.finished - virtual;
            real = System.nanoTime() - real;
            msleep(1000);
            tracing.close();
            if (capture != null) {
                capture.close();
            }
        }
        if (subflows != null) {
            subflows.close();
        }
        String failure = sender.failure != null ? sender.failure : receiver.failure;
        boolean same = Arrays.equals(sender.sum.digest(), receiver.digest = receiver.sum.digest());
        if (failure != null || !same) {
            System.err.println(failure != null ? failure : "what arrived is not what was sent");
            return 1;
        }
        Files.move(part, out, StandardCopyOption.REPLACE_EXISTING);
        report(receiver, virtual, real);
        if (subflows != null) {
            subflows.report(System.out);
        }
        return 0;
    }

    private static void report(Receiver r, long virtual, long real) {
        System.out.printf(Locale.ROOT, "%d bytes, sha256 %s%n", r.bytes, HexFormat.of().formatHex(r.digest));
        System.out.printf(Locale.ROOT, "%.3f s of virtual time%s; %.3f s of real time, %.1f MB/s%n", virtual / 1e9,
                virtual == 0 ? "" : String.format(Locale.ROOT, ", %.3f Mbit/s", r.bytes * 8e3 / virtual), real / 1e9, r.bytes * 1e3 / real);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** A task that stops at the first system call that fails, and remembers it. */
    private abstract static class Task implements Runnable {
        final MessageDigest sum = sha256();
        String failure;

        @Override
        public void run() {
            try {
                work();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        abstract void work() throws IOException;

        /** Notes a failure. */
        int check(String call, int result) {
            if (result < 0 && failure == null) {
                failure = call + ": " + Errno.name(result);
            }
            return result;
        }
    }

    private static final class Receiver extends Task {
        private final OutputStream to;
        long bytes;
        long finished;
        byte[] digest;

        Receiver(OutputStream to) {
            this.to = to;
        }

        @Override
        void work() throws IOException {
            int listener = check("socket", sys_socket(AF_INET, SOCK_STREAM, 0));
            if (check("bind", sys_bind(listener, new sockaddr_in(0, PORT), sockaddr_in.SIZE)) < 0
                    || check("listen", sys_listen(listener, 1)) < 0) {
                return;
            }
            int s = check("accept", sys_accept(listener, null, null));
            byte[] buf = new byte[CHUNK];
            int n;
            while (s >= 0 && (n = check("recv", sys_recv(s, buf, 0, buf.length, 0))) > 0) {
                sum.update(buf, 0, n);
                to.write(buf, 0, n);
                bytes += n;
            }
            finished = Clock.now();
            sys_close(s);
            sys_close(listener);
        }
    }

    private static final class Sender extends Task {
        private final InputStream in;
        private final sockaddr_in address;
        private final Progress progress;

        Sender(InputStream in, int address, long size) {
            this.in = in;
            this.address = new sockaddr_in(address, PORT);
            this.progress = new Progress(size);
        }

        @Override
        void work() throws IOException {
            int s = check("socket", sys_socket(AF_INET, SOCK_STREAM, 0));
            if (check("connect", sys_connect(s, address, sockaddr_in.SIZE)) == 0) {
                byte[] buf = new byte[CHUNK];
                int n;
                while ((n = in.readNBytes(buf, 0, buf.length)) > 0 && send(s, buf, n)) {
                    sum.update(buf, 0, n);
                    progress.add(n);
                }
                progress.end();
                sys_shutdown(s, 1);
                // The server closes when it has all: then nothing is on its way any more.
                sys_recv(s, buf, 0, 1, 0);
            }
            sys_close(s);
        }

        private boolean send(int s, byte[] buf, int n) {
            for (int off = 0; off < n; ) {
                int sent = check("send", sys_send(s, buf, off, n - off, 0));
                if (sent < 0) {
                    return false;
                }
                off += sent;
            }
            return true;
        }
    }
}
