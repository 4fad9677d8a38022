// SPDX-License-Identifier: GPL-2.0-only
package inet_timewait_sock;

import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.hrtimer.Clock.NSEC_PER_MSEC;
import static linux.hrtimer.Clock.nextInterrupt;
import static linux.hrtimer.Clock.now;
import static linux.interrupt.Softirq.in_softirq;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.jiffies.Jiffies.INITIAL_JIFFIES;
import static linux.jiffies.Jiffies.jiffies;
import static linux.sched.Sched.msleep;
import static linux.timer.Timers.del_timer;
import static linux.timer.Timers.timer_pending;
import static linux.workqueue.Workqueue.work_pending;
import static net.inet_timewait_sock.inet_timewait_death_row.INET_TWDR_RECYCLE_TICK;
import static net.inet_timewait_sock.inet_timewait_death_row.INET_TWDR_TWKILL_SLOTS;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Nodes.sk_hashed;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TIMEWAITED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TIMEWAITKILLED;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.ArrayList;
import java.util.List;
import linux.tcp.tcp_sock;
import net.inet_timewait_sock.inet_timewait_death_row;
import net.inet_timewait_sock.inet_timewait_sock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.KernelTest;
import testing.TcpTables;

@KernelTest
class DeathRowTest {
    private static final int PERIOD = TCP_TIMEWAIT_LEN / INET_TWDR_TWKILL_SLOTS;
    private static final int TICK = 1 << INET_TWDR_RECYCLE_TICK;

    private TcpTables tcp;
    private inet_timewait_death_row row;

    /** When those that the protocol was told about died, in milliseconds after boot. */
    private final List<Long> deaths = new ArrayList<>();

    @BeforeEach
    void tables() {
        tcp = new TcpTables();
        row = tcp.row;
        tcp.prot.twsk_prot.twsk_destructor = tw -> deaths.add(jiffies - INITIAL_JIFFIES);
    }

    @AfterEach
    void end() {
        tcp.end();
    }

    private inet_timewait_sock timewait(int fport) {
        return tcp.timewait(tcp.connected(null, "10.0.0.1", 80, "10.0.0.7", fport));
    }

    /** One that lives so long from now on; nobody but the death row and the tables knows it. */
    private inet_timewait_sock scheduled(int fport, int timeo) {
        inet_timewait_sock tw = timewait(fport);
        DeathRow.inet_twsk_schedule(tw, row, timeo, TCP_TIMEWAIT_LEN);
        inet_twsk_put(tw);
        return tw;
    }

    /** {@code n} of them, in the same slot of the slow wheel. */
    private void crowd(int n) {
        for (int i = 0; i < n; i++) {
            scheduled(1000 + i, TCP_TIMEWAIT_LEN);
        }
    }

    private void untilAllDead() {
        while (row.tw_count != 0) {
            nextInterrupt(Long.MAX_VALUE);
        }
    }

    @Nested
    class inet_twdr_do_twkill_work {
        @Test
        @DisplayName("kills all of a slot, and counts them")
        void all() {
            crowd(3);

            assertThat(DeathRow.inet_twdr_do_twkill_work(row, 7)).isZero();

            assertThat(deaths).hasSize(3);
            assertThat(row.tw_count).isZero();
            assertThat(init_net.mib.net_statistics[LINUX_MIB_TIMEWAITED]).isEqualTo(3);
            del_timer(row.tw_timer);
        }

        @Test
        @DisplayName("stops after 101, and says that some are left")
        void quota() {
            crowd(150);

            assertThat(DeathRow.inet_twdr_do_twkill_work(row, 7)).isOne();
            assertThat(deaths).hasSize(101);
            assertThat(row.tw_count).isEqualTo(49);
            assertThat(DeathRow.inet_twdr_do_twkill_work(row, 7)).isZero();

            assertThat(row.tw_count).isZero();
            del_timer(row.tw_timer);
        }
    }

    @Nested
    class inet_twdr_hangman {
        @Test
        @DisplayName("works off a slot every 7.5 s, and stops when none is left")
        void slots() {
            scheduled(1000, 10_000);
            scheduled(1001, 20_000);

            untilAllDead();

            assertThat(deaths).hasSize(2);
            assertThat(deaths.get(1) - deaths.get(0)).isBetween((long) PERIOD, PERIOD + 60L);
            assertThat(timer_pending(row.tw_timer)).isFalse();
        }

        @Test
        @DisplayName("with nobody on the row it does nothing")
        void empty() {
            DeathRow.inet_twdr_hangman(row);

            assertThat(row.slot).isZero();
            assertThat(timer_pending(row.tw_timer)).isFalse();
        }

        @Test
        @DisplayName("a slot with too many is left to the work queue, and stays the current one")
        void too_many() {
            crowd(150);
            row.slot = 7;
            local_bh_disable();

            DeathRow.inet_twdr_hangman(row);

            assertThat(row.thread_slots).isEqualTo(1 << 7);
            assertThat(row.slot).isEqualTo(7);
            assertThat(work_pending(row.twkill_work)).isTrue();
            assertThat(timer_pending(row.tw_timer)).isTrue();
            local_bh_enable();
            msleep(1);
            assertThat(row.tw_count).isZero();
            assertThat(deaths).hasSize(150);
            del_timer(row.tw_timer);
        }
    }

    @Nested
    class inet_twdr_twkill_work {
        @Test
        @DisplayName("kills all in every slot that was left to it")
        void all_slots() {
            crowd(250);
            scheduled(500, 10_000);
            row.thread_slots = 1 << 7 | 1 << 2;

            DeathRow.inet_twdr_twkill_work(row.twkill_work);

            assertThat(deaths).hasSize(251);
            assertThat(row.thread_slots).isZero();
            assertThat(in_softirq()).isFalse();
            del_timer(row.tw_timer);
        }
    }

    @Nested
    class inet_twsk_deschedule {
        @Test
        @DisplayName("ends it before its time; with the last one the timer stops")
        void early() {
            inet_timewait_sock a = timewait(1000), b = timewait(1001);
            DeathRow.inet_twsk_schedule(a, row, TCP_TIMEWAIT_LEN, TCP_TIMEWAIT_LEN);
            DeathRow.inet_twsk_schedule(b, row, TCP_TIMEWAIT_LEN, TCP_TIMEWAIT_LEN);

            DeathRow.inet_twsk_deschedule(a, row);
            assertThat(a.skc_refcnt).isOne();
            assertThat(timer_pending(row.tw_timer)).isTrue();
            DeathRow.inet_twsk_deschedule(b, row);

            assertThat(timer_pending(row.tw_timer)).isFalse();
            assertThat(row.tw_count).isZero();
            inet_twsk_put(a);
            inet_twsk_put(b);
            assertThat(deaths).hasSize(2);
            assertThat(tcp.ports()).isZero();
        }

        @Test
        @DisplayName("one that is not on the row leaves the tables only")
        void not_there() {
            inet_timewait_sock tw = timewait(1000);

            DeathRow.inet_twsk_deschedule(tw, row);

            assertThat(row.tw_count).isZero();
            assertThat(tw.skc_refcnt).isOne();
            inet_twsk_put(tw);
        }
    }

    @Nested
    class inet_twsk_schedule {
        @ParameterizedTest
        @CsvSource({"1, 128", "128, 128", "129, 256", "700, 768", "3968, 3968"})
        @DisplayName("up to 3968 ms: the fast wheel, in whole slots of 128 ms")
        void fast(int timeo, int ttd) {
            inet_timewait_sock tw = scheduled(1000, timeo);
            assertThat(tw.tw_ttd - (int) jiffies).isEqualTo(ttd);

            untilAllDead();

            // The timer may be late by what apply_slack allows.
            assertThat(deaths.get(0)).isBetween((long) ttd, ttd + ttd / 256L);
            assertThat(init_net.mib.net_statistics[LINUX_MIB_TIMEWAITKILLED]).isOne();
        }

        @ParameterizedTest
        @CsvSource({"3969, 0, 7500", "7500, 0, 7500", "7501, 7500, 15000", "60000, 45000, 52500"})
        @DisplayName("longer: the slow wheel; slot by slot, and at most seven slots")
        void slow(int timeo, int from, int to) {
            inet_timewait_sock tw = scheduled(1000, timeo);
            assertThat(tw.tw_ttd - (int) jiffies).isEqualTo(timeo);

            untilAllDead();

            // From slot 0, which is the first to be worked off: a slot n is due after n + 1 periods.
            assertThat(deaths.get(0)).isBetween(from + (long) PERIOD, to + PERIOD + 300L);
            assertThat(init_net.mib.net_statistics[LINUX_MIB_TIMEWAITED]).isOne();
        }

        @Test
        @DisplayName("one that is there already only moves")
        void again() {
            inet_timewait_sock tw = timewait(1000);
            DeathRow.inet_twsk_schedule(tw, row, 300, TCP_TIMEWAIT_LEN);
            assertThat(tw.skc_refcnt).isEqualTo(4);

            DeathRow.inet_twsk_schedule(tw, row, TCP_TIMEWAIT_LEN, TCP_TIMEWAIT_LEN);

            assertThat(tw.skc_refcnt).isEqualTo(4);
            assertThat(row.tw_count).isOne();
            inet_twsk_put(tw);
            untilAllDead();
            assertThat(deaths.get(0)).isGreaterThan(50_000);
        }

        @Test
        @DisplayName("the fast wheel: one that dies sooner than all before brings the timer forward")
        void forward() {
            scheduled(1000, 2000);
            scheduled(1001, 200);

            untilAllDead();

            assertThat(deaths.get(0)).isBetween(256L, 257L);
            assertThat(deaths.get(1)).isBetween(2048L, 2056L);
        }
    }

    @Nested
    class inet_twdr_twcal_tick {
        @Test
        @DisplayName("slots that are due are emptied; then the timer waits for the next one that is not empty")
        void next() {
            scheduled(1000, TICK);
            scheduled(1001, TICK);
            scheduled(1002, 5 * TICK);

            nextInterrupt(Long.MAX_VALUE);
            while (deaths.isEmpty()) {
                nextInterrupt(Long.MAX_VALUE);
            }

            assertThat(deaths).hasSize(2);
            assertThat(row.twcal_hand).isEqualTo(2);
            assertThat(row.twcal_timer.expires).isBetween(INITIAL_JIFFIES + 5 * TICK, INITIAL_JIFFIES + 5 * TICK + 4);
            untilAllDead();
            assertThat(row.twcal_hand).isEqualTo(-1);
        }

        @Test
        @DisplayName("when the wheel stands still it does nothing")
        void still() {
            DeathRow.inet_twdr_twcal_tick(row);

            assertThat(row.twcal_hand).isEqualTo(-1);
        }

        @Test
        @DisplayName("wheel round after round nobody is forgotten")
        void rounds() {
            for (int i = 0; i < 200; i++) {
                scheduled(1000 + i, 1 + i * 977 % 3900);
                long until = jiffies + 37;
                while (jiffies < until && nextInterrupt(now() + 37 * NSEC_PER_MSEC)) {
                    // time passes
                }
            }

            untilAllDead();

            assertThat(deaths).hasSize(200);
            assertThat(tcp.ports()).isZero();
        }
    }

    @Nested
    class inet_twsk_purge {
        @Test
        @DisplayName("ends those whose namespace is gone, and of this family only")
        void gone() {
            scheduled(1000, TCP_TIMEWAIT_LEN);
            scheduled(1001, TCP_TIMEWAIT_LEN);
            tcp_sock alive = tcp.connected(null, "10.0.0.1", 80, "10.0.0.7", 1002);
            DeathRow.inet_twsk_purge(tcp.hashinfo, row, AF_INET);
            assertThat(deaths).isEmpty();

            int count = init_net.count;
            init_net.count = 0;
            DeathRow.inet_twsk_purge(tcp.hashinfo, row, 10);
            assertThat(deaths).isEmpty();
            DeathRow.inet_twsk_purge(tcp.hashinfo, row, AF_INET);
            init_net.count = count;

            assertThat(deaths).hasSize(2);
            assertThat(row.tw_count).isZero();
            assertThat(sk_hashed(alive)).isTrue();
            assertThat(in_softirq()).isFalse();
        }
    }
}
