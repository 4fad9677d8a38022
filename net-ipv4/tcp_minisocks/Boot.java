// SPDX-License-Identifier: GPL-2.0-only
package tcp_minisocks;

import static linux.timer.Timers.setup_timer;
import static linux.workqueue.Workqueue.INIT_WORK;
import static net.inet_timewait_sock.inet_timewait_death_row.INET_TWDR_TWKILL_SLOTS;
import static net.tcp.Globals.tcp_death_row;
import static net.tcp.Globals.tcp_hashinfo;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static uapi.linux.fs.Limits.NR_FILE;

import inet_timewait_sock.DeathRow;
import linux.init.Initcall;

/** {@code tcp_death_row}, which this file defines; its sysctls have their defaults from {@code net.tcp}. */
public final class Boot implements Initcall {
    @Override
    public void data() {
        tcp_death_row.sysctl_max_tw_buckets = NR_FILE * 2;
        tcp_death_row.period = TCP_TIMEWAIT_LEN / INET_TWDR_TWKILL_SLOTS;
        tcp_death_row.hashinfo = tcp_hashinfo;
        setup_timer(tcp_death_row.tw_timer, DeathRow::inet_twdr_hangman, tcp_death_row);
        INIT_WORK(tcp_death_row.twkill_work, DeathRow::inet_twdr_twkill_work, tcp_death_row);

        tcp_death_row.twcal_hand = -1;
        setup_timer(tcp_death_row.twcal_timer, DeathRow::inet_twdr_twcal_tick, tcp_death_row);
    }
}
