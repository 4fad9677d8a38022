// SPDX-License-Identifier: GPL-2.0-only
package main;

import static linux.sched.Sched.kthread_run;
import static linux.sched.Sched.msleep;
import static linux.syscalls.FileCalls.sys_close;
import static linux.syscalls.SocketCalls.sys_accept;
import static linux.syscalls.SocketCalls.sys_bind;
import static linux.syscalls.SocketCalls.sys_connect;
import static linux.syscalls.SocketCalls.sys_listen;
import static linux.syscalls.SocketCalls.sys_recv;
import static linux.syscalls.SocketCalls.sys_send;
import static linux.syscalls.SocketCalls.sys_socket;
import static net.net_namespace.NetNs.init_net;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import capture.StateWatch;
import capture.Tcpdump;
import devinet.IpAddr;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Set;
import linux.errno.Errno;
import linux.in.Prefix;
import linux.init.Machine;
import linux.moduleparam.ModuleParams;
import linux.netdevice.PacketTap;
import linux.sched.task_struct;
import linux.socket.sockaddr_in;
import scenario.Counters;
import trace.Tracing;

/**
 * The shortest complete program: a server and a client on one machine connect over the loopback NIC, with two subflows, send each
 * other something, and close. Each packet is shown as it crosses the NIC, each socket when it changes its state.
 */
final class Walkthrough {
    private Walkthrough() {}

    /** Multipath TCP does not speak on 127.0.0.0/8: lo gets an address of its own. */
    private static final sockaddr_in SERVER = new sockaddr_in(Prefix.parseAddr("10.0.0.1"), 5001);

    private static final int FIRST = 100;
    private static final int REQUEST = 1000;
    private static final int ANSWER = 5000;

    /** @return 0, the exit status */
    static int run(String[] args, PrintStream out) throws UsageException, IOException {
        Arguments a = Arguments.parse(args, 0, Tracing.OPTIONS, Set.of());
        a.expectWords();
        Tracing tracing = Tracing.of(a);

        Machine.boot();
        IpAddr.add(init_net.loopback_dev, "10.0.0.1/32");
        init_net.sysctls.write("net.mptcp.mptcp_path_manager", "ndiffports");
        ModuleParams.write("mptcp_ndiffports.num_subflows", "2");

        Tcpdump dump = new Tcpdump();
        StateWatch states = new StateWatch(line -> out.println("         " + line));
        Counters before = Counters.of(init_net);
        PacketTap tap = PacketTap.open(init_net.loopback_dev, (dev, direction, ns, bytes, length) -> {
            states.look();
            out.println(dump.line(dev, direction, ns, bytes));
        });

        tracing.start("two subflows over the loopback NIC", init_net.loopback_dev::equals);
        task_struct server = kthread_run("server", Walkthrough::server);
        task_struct client = kthread_run("client", Walkthrough::client);
        server.exited.wait_for_completion();
        client.exited.wait_for_completion();
        msleep(1000);
        states.look();
        tracing.close();
        tap.close();

        out.println("\nCounters that changed:");
        Counters.of(init_net).since(before).forEach((name, n) -> out.printf("  %-36s %8d%n", name, n));
        return 0;
    }

    private static void server() {
        int listener = ok("socket", sys_socket(AF_INET, SOCK_STREAM, 0));
        ok("bind", sys_bind(listener, SERVER, sockaddr_in.SIZE));
        ok("listen", sys_listen(listener, 5));

        int s = ok("accept", sys_accept(listener, null, null));
        byte[] buf = new byte[REQUEST];
        int got = 0;
        while (got < REQUEST) {
            got += ok("recv", sys_recv(s, buf, 0, REQUEST - got, 0));
        }
        ok("send", sys_send(s, new byte[ANSWER], 0, ANSWER, 0));
        ok("close", sys_close(s));
        ok("close", sys_close(listener));
    }

    private static void client() {
        int s = ok("socket", sys_socket(AF_INET, SOCK_STREAM, 0));
        ok("connect", sys_connect(s, SERVER, sockaddr_in.SIZE));
        // The first acknowledged byte makes the path manager open the second subflow: some of the data goes first.
        ok("send", sys_send(s, new byte[FIRST], 0, FIRST, 0));
        msleep(50);
        ok("send", sys_send(s, new byte[REQUEST - FIRST], 0, REQUEST - FIRST, 0));

        byte[] buf = new byte[ANSWER];
        while (ok("recv", sys_recv(s, buf, 0, ANSWER, 0)) > 0) {
            // until the server has closed
        }
        ok("close", sys_close(s));
    }

    /** The result of a system call that is expected to work. */
    private static int ok(String call, int result) {
        if (result < 0) {
            throw new IllegalStateException(call + ": " + Errno.name(result));
        }
        return result;
    }
}
