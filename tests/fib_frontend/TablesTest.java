// SPDX-License-Identifier: GPL-2.0-only
package fib_frontend;

import static fib_trie.FibTable.fib_lookup;
import static linux.errno.Errno.ENETUNREACH;
import static net.net_namespace.NetNs.init_net;
import static net.net_namespace.NetNs.rt_genid_ipv4;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FakeDevice.made;
import static testing.Ipv4.ip;
import static uapi.linux.rtnetlink.Rt.RTNH_F_DEAD;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_DEFAULT;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_LOCAL;
import static uapi.linux.rtnetlink.Rt.RT_TABLE_MAIN;

import net.flow.flowi4;
import net.ip_fib.fib_result;
import net.ip_fib.fib_table;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.Ipv4;
import testing.KernelTest;
import testing.Nic;

@KernelTest
class TablesTest {
    @BeforeEach
    void network() {
        Ipv4.boot();
    }

    @Nested
    class fib_new_table {
        @Test
        @DisplayName("made when it is first needed; 0 is the main table")
        void made() {
            fib_table tb = Tables.fib_new_table(init_net, 7);

            assertThat(tb.tb_id).isEqualTo(7);
            assertThat(Tables.fib_new_table(init_net, 7)).isSameAs(tb);
            assertThat(Tables.fib_new_table(init_net, 0)).isSameAs(Tables.fib_get_table(init_net, RT_TABLE_MAIN));
        }

        @Test
        @DisplayName("the three that every lookup asks are kept at hand")
        void at_hand() {
            assertThat(Tables.fib_new_table(init_net, RT_TABLE_LOCAL)).isSameAs(init_net.ipv4.fib_local);
            assertThat(Tables.fib_new_table(init_net, RT_TABLE_MAIN)).isSameAs(init_net.ipv4.fib_main);
            assertThat(Tables.fib_new_table(init_net, RT_TABLE_DEFAULT)).isSameAs(init_net.ipv4.fib_default);
        }
    }

    @Nested
    class fib_get_table {
        @Test
        @DisplayName("null if nobody has put anything into it; each namespace has its own")
        void none() {
            assertThat(Tables.fib_get_table(init_net, 7)).isNull();
            net other = NetNs.create("other");
            Tables.fib_new_table(other, 7);

            assertThat(Tables.fib_get_table(init_net, 7)).isNull();
            assertThat(Tables.fib_get_table(other, 7)).isNotNull();
        }
    }

    @Nested
    class fib_flush {
        @Test
        @DisplayName("only if a route was dead, cached entries are stale")
        void flushed() {
            Nic.up("eth0", "10.0.0.1/24");
            int genid = rt_genid_ipv4(init_net);
            Tables.fib_flush(init_net);
            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid);

            flowi4 fl4 = new flowi4();
            fib_result res = new fib_result();
            fl4.daddr = ip("10.0.0.7");
            fib_lookup(init_net, fl4, res);
            res.fi.fib_flags |= RTNH_F_DEAD;
            Tables.fib_flush(init_net);

            assertThat(rt_genid_ipv4(init_net)).isEqualTo(genid + 1);
            assertThat(fib_lookup(init_net, fl4, res)).isEqualTo(-ENETUNREACH);
        }
    }
}
