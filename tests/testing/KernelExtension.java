// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static linux.mm.Mm.put_page;
import static linux.sched.Sched.current;
import static net.request_sock.Requests.liveRequests;
import static net.sock.Alloc.liveSockets;
import static net.tcp.Globals.tcp_hashinfo;
import static testing.MptcpPeer.find;

import java.util.ArrayList;
import java.util.List;
import linux.bug.Bug;
import linux.init.Machine;
import linux.mm.Mm;
import linux.skbuff.Alloc;
import linux.timer.Timers;
import linux.timer.timer_list;
import linux.workqueue.Workqueue;
import linux.workqueue.delayed_work;
import net.sock.Protos;
import net.sock.proto;
import net.sock.sock;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Boots the machine before each test, and looks afterwards whether everything was given back: no packet, socket,
 * port in use, request, page, timer or work is left, and no {@code WARN_ON} was hit.
 */
public final class KernelExtension implements BeforeEachCallback, AfterEachCallback {
    /** One more thing to look at after each test: returns what is wrong, or null. */
    public interface Check {
        String wrong();
    }

    private static final List<Check> checks = new ArrayList<>();

    @Override
    public void beforeEach(ExtensionContext context) {
        checks.clear();
        Machine.boot();
    }

    /** Adds a check to the test that is running. */
    public static void alsoCheck(Check check) {
        checks.add(check);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        try {
            if (context.getExecutionException().isEmpty()) {
                List<String> wrong = Leftovers.find();
                for (Check c : checks) {
                    String w = c.wrong();
                    if (w != null) {
                        wrong.add(w);
                    }
                }
                if (!wrong.isEmpty()) {
                    throw new AssertionError("left behind: " + String.join("; ", wrong));
                }
            }
        } finally {
            Machine.halt();
        }
    }

    /** What a machine at rest must not have. */
    public static final class Leftovers {
        private Leftovers() {}

        public static List<String> find() {
            List<String> wrong = new ArrayList<>();
            if (!Bug.warnings.isEmpty()) {
                wrong.add("warnings " + Bug.warnings);
            }
            if (Alloc.liveSkbs() != 0) {
                wrong.add(Alloc.liveSkbs() + " packets");
            }
            for (sock sk : liveSockets()) {
                // A socket without a file that is no orphan belongs to the kernel itself, and stays.
                if (sk.sk_socket == null || sk.sk_socket.file != null) {
                    wrong.add("socket " + sk.skc_prot.name + " in state " + sk.skc_state + " with " + sk.skc_refcnt
                            + " references");
                }
            }
            if (liveRequests() != 0) {
                wrong.add(liveRequests() + " requests");
            }
            for (proto prot : Protos.all()) {
                if (prot.memory_allocated != null && prot.memory_allocated.val != 0) {
                    wrong.add(prot.memory_allocated.val + " pages charged to " + prot.name);
                }
                if (prot.twsk_prot != null && prot.twsk_prot.live != 0) {
                    wrong.add(prot.twsk_prot.live + " sockets in TIME_WAIT of " + prot.name);
                }
            }
            if (tcp_hashinfo.bsockets != 0) {
                wrong.add(tcp_hashinfo.bsockets + " sockets with a port");
            }
            // The page that this task sends from is its own until it ends, and it does not end.
            if (current.task_frag.page != null) {
                put_page(current.task_frag.page);
                current.task_frag.page = null;
            }
            if (Mm.pagesInUse() != 0) {
                wrong.add(Mm.pagesInUse() + " pages");
            }
            int news = addressNews();
            if (Timers.pending() != news) {
                wrong.add(Timers.pending() - news + " timers");
            }
            if (Workqueue.queued() != news) {
                wrong.add(Workqueue.queued() - news + " works");
            }
            return wrong;
        }

        /** Namespaces whose full-mesh path manager has yet to look at a change of addresses: half a second later. */
        private static int addressNews() {
            int n = 0;
            for (timer_list t : Timers.all()) {
                if (t.data instanceof delayed_work w && w.owner.getClass().getSimpleName().equals("mptcp_fm_ns")) {
                    n++;
                }
            }
            return n;
        }
    }
}
