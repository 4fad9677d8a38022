// SPDX-License-Identifier: GPL-2.0-only
package trace;

import capture.Tcpdump;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import linux.hrtimer.Clock;
import linux.hrtimer.hrtimer;
import linux.netdevice.PacketTap;
import linux.netdevice.net_device;
import linux.sched.Sched;

/**
 * Lets the world stand still at a place: {@code packet:5}, just before the fifth packet goes to its device; {@code time:2.1}, when so many
 * seconds of virtual time have passed since boot; {@code tcp_ack:3}, when that function is entered for the third time.
 *
 * <p>The same scenario gets there in the same way each time. Set a breakpoint in {@link #here}: it holds there once. No other task runs
 * and no time passes meanwhile; the frames below are the kernel's.
 */
final class Stop {
    private static final Set<String> PLUMBING = Set.of("trace.", "java.", "jdk.", "main.", "scenario.", "linux.netdevice.PacketTap");

    private final String at;
    private int packet;
    private long time;
    private String function;
    private int nth = 1;
    private boolean reached;
    private final Tcpdump dump = new Tcpdump();

    /** @param at {@code packet:N}, {@code time:SECONDS}, {@code FUNCTION} or {@code FUNCTION:N} */
    Stop(String at) throws Filter.SyntaxError {
        this.at = at;
        String[] w = at.split(":", -1);
        if (w.length == 2 && w[0].equals("packet") && w[1].matches("[1-9]\\d{0,8}")) {
            packet = Integer.parseInt(w[1]);
        } else if (w.length == 2 && w[0].equals("time") && w[1].matches("\\d{1,6}(\\.\\d{1,9})?s?")) {
            time = Math.round(Double.parseDouble(w[1].replace("s", "")) * Clock.NSEC_PER_SEC);
        } else if (w[0].matches("[A-Za-z_]\\w*") && !w[0].equals("packet") && !w[0].equals("time")
                && (w.length == 1 || w.length == 2 && w[1].matches("[1-9]\\d{0,8}"))) {
            function = w[0];
            nth = w.length == 2 ? Integer.parseInt(w[1]) : 1;
        } else {
            throw new Filter.SyntaxError("--stop " + at + ": expected packet:N, time:SECONDS or FUNCTION:N");
        }
    }

    /** The machine is about to run. */
    void start() {
        if (time > 0) {
            Clock.hrtimer_start(new hrtimer(t -> reach("time " + seconds())), time);
        }
    }

    void entered(Call c, int count) {
        if (c.name().equals(function) && count == nth) {
            reach(c.name() + ", call " + count);
        }
    }

    void packet(int number, net_device dev, PacketTap.Direction direction, byte[] bytes) {
        if (packet > 0) {
            String line = dump.line(dev, direction, Clock.now(), bytes);
            if (number == packet) {
                reach("packet " + number + ": " + line);
            }
        }
    }

    private void reach(String what) {
        if (!reached) {
            reached = true;
            System.out.println("--- stopped before " + what + "\n    at " + seconds() + " s, task " + Sched.current.comm);
            for (String frame : stack()) {
                System.out.println("    " + frame);
            }
            here(what);
        }
    }

    /** The place for a breakpoint. */
    static void here(String what) {
        System.out.println("--- with a breakpoint on this line the world would stand still");
    }

    private static String seconds() {
        return String.format(Locale.ROOT, "%.6f", Clock.now() / 1e9);
    }

    /** The frames of the kernel, the innermost first. */
    private static List<String> stack() {
        List<String> found = new ArrayList<>();
        for (StackTraceElement e : Thread.currentThread().getStackTrace()) {
            if (PLUMBING.stream().noneMatch(e.getClassName()::startsWith) && !e.getMethodName().startsWith("lambda$")) {
                found.add(e.getMethodName() + " (" + e.getFileName() + ":" + e.getLineNumber() + ")");
            }
        }
        return found;
    }

    /** Was there such a place? */
    boolean reached() {
        return reached;
    }

    @Override
    public String toString() {
        return at;
    }
}
