// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.syscalls.SocketCalls.sys_shutdown;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import linux.init.Machine;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import testing.KernelTest;

/**
 * What nobody has thought of: links and addresses that come and go, sides that close, in an order that a seed decides. All that arrives
 * is what was sent ({@link Link} looks at every byte), nothing stops the machine, and in the end nothing is left.
 */
@KernelTest
class MptcpChanceTest {
    private static final List<String> CONGESTION = List.of("cubic", "reno", "lia", "olia", "wvegas");

    private static String link(SplittableRandom r) {
        String s = "delay " + (1 + r.nextInt(60)) + "ms rate " + (1 + r.nextInt(20)) + "mbit";
        s += r.nextInt(3) == 0 ? " loss " + r.nextInt(12) + "%" : "";
        s += r.nextInt(4) == 0 ? " reorder " + r.nextInt(20) + "%" : "";
        s += r.nextInt(4) == 0 ? " duplicate " + r.nextInt(10) + "%" : "";
        s += r.nextInt(5) == 0 ? " limit " + (3 + r.nextInt(60)) : "";
        return s + " seed " + r.nextInt(1000);
    }

    private static Hosts hosts(SplittableRandom r, int paths) {
        Hosts h = new Hosts();
        if (r.nextInt(5) == 0) {
            h.ndiffports(1 + r.nextInt(5));
        } else {
            h.mptcp("fullmesh");
        }
        h.sysctl("net.ipv4.tcp_congestion_control", CONGESTION.get(r.nextInt(CONGESTION.size())));
        h.sysctl("net.mptcp.mptcp_checksum", Integer.toString(r.nextInt(2)));
        h.sysctl("net.mptcp.mptcp_scheduler", r.nextInt(4) == 0 ? "roundrobin" : "default");
        h.sysctl("net.ipv4.tcp_rmem", "4096 20000 " + (r.nextInt(3) == 0 ? 20_000 + r.nextInt(200_000) : 6_000_000));
        for (int i = 0; i < paths; i++) {
            h.path("delay " + (5 + 10 * i) + "ms rate 10mbit");
        }
        return h.run(2000);
    }

    static LongStream seeds() {
        return LongStream.range(0, 25);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    @DisplayName("links, addresses and programs do what they like")
    void chance(long seed) {
        SplittableRandom r = new SplittableRandom(seed);
        Machine.boot(seed);
        int paths = 1 + r.nextInt(3);
        Hosts h = hosts(r, paths);
        Link l = h.connect();
        l.startReceiving(l.up).startReceiving(l.down);
        l.startSending(l.up, r.nextInt(500_000)).startSending(l.down, r.nextInt(500_000));
        boolean[] down = new boolean[paths + 1];
        boolean[][] gone = new boolean[2][paths + 1];
        for (int events = r.nextInt(12); events > 0; events--) {
            h.run(r.nextInt(3) == 0 ? r.nextInt(5000) : r.nextInt(300));
            event(r, h, l, 1 + r.nextInt(paths), down, gone);
        }
        h.run(r.nextInt(4000));
        for (int path = 1; path <= paths; path++) {
            h.netem(path, "delay 5ms rate 10mbit");
        }
        h.run(r.nextInt(2) * 60_000);
        for (int fd : new int[] {l.clientFd, l.serverFd}) {
            sys_shutdown(fd, 2);
            h.run(r.nextInt(2000));
        }
        l.await();
        assertThat(l.up.received).isLessThanOrEqualTo(l.up.sent);
        assertThat(l.down.received).isLessThanOrEqualTo(l.down.sent);
        l.end();
    }

    /** Something happens. {@code down}: links; {@code gone}: addresses that the client and the server have lost. */
    private static void event(SplittableRandom r, Hosts h, Link l, int path, boolean[] down, boolean[][] gone) {
        switch (r.nextInt(8)) {
            case 0 -> {
                h.link(path, down[path]);
                down[path] = !down[path];
            }
            case 1 -> address(h, path, 0, gone);
            case 2 -> address(h, path, 1, gone);
            case 3 -> h.netem(path, link(r));
            case 4 -> h.netem(path, "delay 10ms loss 100%");
            case 5 -> h.netem(path, "delay 5ms rate 10mbit");
            case 6 -> h.mpbackup(h.clientDevs.get(path - 1));
            default -> sys_shutdown(r.nextBoolean() ? l.clientFd : l.serverFd, r.nextInt(3));
        }
    }

    private static void address(Hosts h, int path, int side, boolean[][] gone) {
        if (gone[side][path]) {
            h.addAddress(path, side, 1 + side);
        } else {
            h.delAddress(path, side, 1 + side);
        }
        gone[side][path] = !gone[side][path];
    }
}
