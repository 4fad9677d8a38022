// SPDX-License-Identifier: GPL-2.0-only
package inet_timewait_sock;

import static inet_timewait_sock.Twsk.__inet_twsk_kill;
import static inet_timewait_sock.Twsk.inet_twsk_put;
import static linux.interrupt.Softirq.local_bh_disable;
import static linux.interrupt.Softirq.local_bh_enable;
import static linux.jiffies.Jiffies.jiffies;
import static linux.jiffies.Jiffies.time_after;
import static linux.jiffies.Jiffies.time_before_eq;
import static linux.kernel.Kernel.DIV_ROUND_UP;
import static linux.kernel.Kernel.leU32;
import static linux.list.Lists.hlist_add_head;
import static linux.list.Lists.hlist_empty;
import static linux.sched.Sched.need_resched;
import static linux.sched.Sched.schedule;
import static linux.timer.Timers.add_timer;
import static linux.timer.Timers.del_timer;
import static linux.timer.Timers.mod_timer;
import static linux.workqueue.Workqueue.schedule_work;
import static net.inet_timewait_sock.Twsk.__inet_twsk_del_dead_node;
import static net.inet_timewait_sock.Twsk.inet_tw_time_stamp;
import static net.inet_timewait_sock.Twsk.inet_twsk;
import static net.inet_timewait_sock.Twsk.inet_twsk_del_dead_node;
import static net.inet_timewait_sock.Twsk.twsk_net;
import static net.inet_timewait_sock.inet_timewait_death_row.INET_TWDR_RECYCLE_SLOTS;
import static net.inet_timewait_sock.inet_timewait_death_row.INET_TWDR_RECYCLE_TICK;
import static net.inet_timewait_sock.inet_timewait_death_row.INET_TWDR_TWKILL_QUOTA;
import static net.inet_timewait_sock.inet_timewait_death_row.INET_TWDR_TWKILL_SLOTS;
import static net.snmp.Mib.NET_INC_STATS_BH;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TIMEWAITED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TIMEWAITKILLED;

import linux.list.hlist_head;
import linux.list.hlist_node;
import linux.list.hlist_nulls_node;
import linux.workqueue.work_struct;
import net.inet_hashtables.inet_ehash_bucket;
import net.inet_hashtables.inet_hashinfo;
import net.inet_timewait_sock.inet_timewait_death_row;
import net.inet_timewait_sock.inet_timewait_sock;
import net.sock.sock_common;

/**
 * Where time-wait sockets wait for their end. Those that live less than about four seconds (recycled ones, 3.5 RTO)
 * are on a wheel of 32 slots of 128 ms that turns only while it is not empty ({@link #inet_twdr_twcal_tick}); the
 * others, who mostly wait their minute (RFC 9293, section 3.6.1, asks for two maximum segment lifetimes), on one of 8
 * slots of 7.5 s ({@link #inet_twdr_hangman}), which kills at most about a hundred at a time and leaves the rest to a
 * work queue.
 *
 * <p>{@code tcp_minisocks} owns the only death row and calls {@link #inet_twsk_schedule} and {@link
 * #inet_twsk_deschedule}, always with bottom halves disabled.
 */
public final class DeathRow {
    private DeathRow() {}

    /** Kills those in a slot of the slow wheel. @return 1 if there were too many for one go */
    static int inet_twdr_do_twkill_work(inet_timewait_death_row twdr, int slot) {
        inet_timewait_sock tw;
        int killed;
        int ret;

        killed = 0;
        ret = 0;
        rescan:
        while (true) {
            for (hlist_node<inet_timewait_sock> node = twdr.cells[slot].first(); node != null; node = node.next) {
                tw = node.owner;
                __inet_twsk_del_dead_node(tw);
                __inet_twsk_kill(tw, twdr.hashinfo);
                NET_INC_STATS_BH(twsk_net(tw), LINUX_MIB_TIMEWAITED);
                inet_twsk_put(tw);
                killed++;
                if (killed > INET_TWDR_TWKILL_QUOTA) {
                    ret = 1;
                    break;
                }

                continue rescan;
            }
            break;
        }

        twdr.tw_count -= killed;
        return ret;
    }

    /** Timer of the slow wheel: the next slot is due. @param data the death row */
    public static void inet_twdr_hangman(Object data) {
        inet_timewait_death_row twdr;
        boolean need_timer;

        twdr = (inet_timewait_death_row) data;

        out: {
            if (twdr.tw_count == 0) {
                break out;
            }

            need_timer = false;
            if (inet_twdr_do_twkill_work(twdr, twdr.slot) != 0) {
                twdr.thread_slots |= 1 << twdr.slot;
                schedule_work(twdr.twkill_work);
                need_timer = true;
            } else {
                if (twdr.tw_count != 0) {
                    need_timer = true;
                }
                twdr.slot = twdr.slot + 1 & INET_TWDR_TWKILL_SLOTS - 1;
            }
            if (need_timer) {
                mod_timer(twdr.tw_timer, jiffies + twdr.period);
            }
        }
    }

    /** The work queue kills what the timer has left in its slots. @param work that of the death row */
    public static void inet_twdr_twkill_work(work_struct work) {
        inet_timewait_death_row twdr = (inet_timewait_death_row) work.owner;
        int i;

        while (twdr.thread_slots != 0) {
            local_bh_disable();
            for (i = 0; i < INET_TWDR_TWKILL_SLOTS; i++) {
                if ((twdr.thread_slots & 1 << i) == 0) {
                    continue;
                }

                while (inet_twdr_do_twkill_work(twdr, i) != 0) {
                    if (need_resched()) {
                        local_bh_enable();
                        schedule();
                        local_bh_disable();
                    }
                }

                twdr.thread_slots &= ~(1 << i);
            }
            local_bh_enable();
        }
    }

    /** Ends it before its time. The caller keeps a reference. */
    public static void inet_twsk_deschedule(inet_timewait_sock tw, inet_timewait_death_row twdr) {
        if (inet_twsk_del_dead_node(tw) != 0) {
            inet_twsk_put(tw);
            if (--twdr.tw_count == 0) {
                del_timer(twdr.tw_timer);
            }
        }
        __inet_twsk_kill(tw, twdr.hashinfo);
    }

    /**
     * Lets it live for {@code timeo} from now on, whatever was set before. On the fast wheel that is rounded up to
     * whole slots; on the slow wheel it can be a slot (7.5 s) less, since the running one has begun already.
     *
     * @param timeo jiffies
     * @param timewait_len how long a full TIME_WAIT is, in jiffies
     */
    public static void inet_twsk_schedule(inet_timewait_sock tw, inet_timewait_death_row twdr, int timeo,
            int timewait_len) {
        hlist_head<inet_timewait_sock> list;
        int slot;

        slot = timeo + (1 << INET_TWDR_RECYCLE_TICK) - 1 >> INET_TWDR_RECYCLE_TICK;

        if (inet_twsk_del_dead_node(tw) != 0) {
            twdr.tw_count--;
        } else {
            tw.skc_refcnt++;
        }

        if (slot >= INET_TWDR_RECYCLE_SLOTS) {
            if (timeo >= timewait_len) {
                slot = INET_TWDR_TWKILL_SLOTS - 1;
            } else {
                slot = DIV_ROUND_UP(timeo, twdr.period);
                if (slot >= INET_TWDR_TWKILL_SLOTS) {
                    slot = INET_TWDR_TWKILL_SLOTS - 1;
                }
            }
            tw.tw_ttd = inet_tw_time_stamp() + timeo;
            slot = twdr.slot + slot & INET_TWDR_TWKILL_SLOTS - 1;
            list = twdr.cells[slot];
        } else {
            tw.tw_ttd = inet_tw_time_stamp() + (slot << INET_TWDR_RECYCLE_TICK);

            if (twdr.twcal_hand < 0) {
                twdr.twcal_hand = 0;
                twdr.twcal_jiffie = jiffies;
                twdr.twcal_timer.expires = twdr.twcal_jiffie + (slot << INET_TWDR_RECYCLE_TICK);
                add_timer(twdr.twcal_timer);
            } else {
                if (time_after(twdr.twcal_timer.expires, jiffies + (slot << INET_TWDR_RECYCLE_TICK))) {
                    mod_timer(twdr.twcal_timer, jiffies + (slot << INET_TWDR_RECYCLE_TICK));
                }
                slot = twdr.twcal_hand + slot & INET_TWDR_RECYCLE_SLOTS - 1;
            }
            list = twdr.twcal_row[slot];
        }

        hlist_add_head(tw.tw_death_node, list);

        if (twdr.tw_count++ == 0) {
            mod_timer(twdr.tw_timer, jiffies + twdr.period);
        }
    }

    /**
     * Timer of the fast wheel: kills those in all slots that are due, and starts again for the next slot that is not
     * empty.
     *
     * @param data the death row
     */
    public static void inet_twdr_twcal_tick(Object data) {
        inet_timewait_death_row twdr;
        int n, slot;
        long j;
        long now = jiffies;
        int killed = 0;
        boolean adv = false;

        twdr = (inet_timewait_death_row) data;

        out: {
            if (twdr.twcal_hand < 0) {
                break out;
            }

            slot = twdr.twcal_hand;
            j = twdr.twcal_jiffie;

            for (n = 0; n < INET_TWDR_RECYCLE_SLOTS; n++) {
                if (time_before_eq(j, now)) {
                    hlist_node<inet_timewait_sock> node, safe;
                    inet_timewait_sock tw;

                    for (node = twdr.twcal_row[slot].first(); node != null; node = safe) {
                        safe = node.next;
                        tw = node.owner;
                        __inet_twsk_del_dead_node(tw);
                        __inet_twsk_kill(tw, twdr.hashinfo);
                        NET_INC_STATS_BH(twsk_net(tw), LINUX_MIB_TIMEWAITKILLED);
                        inet_twsk_put(tw);
                        killed++;
                    }
                } else {
                    if (!adv) {
                        adv = true;
                        twdr.twcal_jiffie = j;
                        twdr.twcal_hand = slot;
                    }

                    if (!hlist_empty(twdr.twcal_row[slot])) {
                        mod_timer(twdr.twcal_timer, j);
                        break out;
                    }
                }
                j += 1 << INET_TWDR_RECYCLE_TICK;
                slot = slot + 1 & INET_TWDR_RECYCLE_SLOTS - 1;
            }
            twdr.twcal_hand = -1;
        }
        if ((twdr.tw_count -= killed) == 0) {
            del_timer(twdr.tw_timer);
        }
    }

    /** Ends all of family {@code family} whose namespace is gone. */
    public static void inet_twsk_purge(inet_hashinfo hashinfo, inet_timewait_death_row twdr, int family) {
        inet_timewait_sock tw;
        sock_common sk;
        hlist_nulls_node<sock_common> node;
        int slot;

        for (slot = 0; leU32(slot, hashinfo.ehash_mask); slot++) {
            inet_ehash_bucket head = hashinfo.ehash[slot];
            restart:
            while (true) {
                for (node = head.chain.first(); node != null; node = node.next) {
                    sk = node.owner;
                    if (sk.skc_state != TCP_TIME_WAIT) {
                        continue;
                    }
                    tw = inet_twsk(sk);
                    if (tw.skc_family != family || twsk_net(tw).count != 0) {
                        continue;
                    }

                    if (tw.skc_refcnt == 0) {
                        continue;
                    }
                    tw.skc_refcnt++;

                    local_bh_disable();
                    inet_twsk_deschedule(tw, twdr);
                    local_bh_enable();
                    inet_twsk_put(tw);
                    continue restart;
                }
                break;
            }
        }
    }
}
