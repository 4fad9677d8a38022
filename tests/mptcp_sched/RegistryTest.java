// SPDX-License-Identifier: GPL-2.0-only
package mptcp_sched;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.printk.Printk.dmesg;
import static net.mptcp.Globals.mptcp_sched_default;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import linux.bug.Oops;
import linux.compiler.Ref;
import linux.init.Initcall;
import linux.list.list_head;
import linux.printk.Printk;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_sched_ops;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class RegistryTest {
    private static mptcp_sched_ops sched(String name) {
        mptcp_sched_ops sched = new mptcp_sched_ops();
        sched.name = name;
        sched.get_subflow = mptcp_sched_default.get_subflow;
        sched.next_segment = mptcp_sched_default.next_segment;
        return sched;
    }

    private static String theDefault() {
        Ref<String> name = new Ref<>();
        Registry.mptcp_get_default_scheduler(name);
        return name.val;
    }

    @Nested
    class mptcp_sched_find {
        @Test
        @DisplayName("those that boot has registered, and no other")
        void builtIn() {
            assertThat(Registry.mptcp_sched_find("default")).isSameAs(mptcp_sched_default);
            assertThat(Registry.mptcp_sched_find("roundrobin").name).isEqualTo("roundrobin");
            assertThat(Registry.mptcp_sched_find("round")).isNull();
        }
    }

    @Nested
    class mptcp_register_scheduler {
        @Test
        @DisplayName("is known then, behind the others")
        void registered() {
            mptcp_sched_ops sched = sched("mine");

            assertThat(Registry.mptcp_register_scheduler(sched)).isZero();

            assertThat(Registry.mptcp_sched_find("mine")).isSameAs(sched);
            assertThat(Registry.mptcp_sched_list.prev.owner).isSameAs(sched);
            assertThat(Printk.dmesg()).last().extracting(Printk.Line::text).asString().contains("mine registered");
        }

        @Test
        @DisplayName("-EEXIST: the name is taken; -EINVAL: it cannot pick a subflow, or a segment")
        void refused() {
            assertThat(Registry.mptcp_register_scheduler(sched("roundrobin"))).isEqualTo(-EEXIST);
            assertThat(Printk.dmesg()).last().extracting(Printk.Line::text).asString()
                    .contains("roundrobin already registered");
            mptcp_sched_ops sched = sched("mine");
            sched.get_subflow = null;
            assertThat(Registry.mptcp_register_scheduler(sched)).isEqualTo(-EINVAL);
            sched = sched("mine");
            sched.next_segment = null;
            assertThat(Registry.mptcp_register_scheduler(sched)).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class mptcp_unregister_scheduler {
        @Test
        @DisplayName("is not known any more")
        void gone() {
            Registry.mptcp_unregister_scheduler(Registry.mptcp_sched_find("roundrobin"));

            assertThat(Registry.mptcp_sched_find("roundrobin")).isNull();
        }
    }

    @Nested
    class mptcp_get_default_scheduler {
        @Test
        @DisplayName("names the first of the list; an empty list is a bug")
        void first() {
            assertThat(theDefault()).isEqualTo("default");

            Registry.mptcp_sched_list = new list_head<>();
            assertThatThrownBy(RegistryTest::theDefault).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class mptcp_set_default_scheduler {
        @Test
        @DisplayName("moves it to the front; -ENOENT: there is none of that name")
        void front() {
            assertThat(Registry.mptcp_set_default_scheduler("roundrobin")).isZero();
            assertThat(theDefault()).isEqualTo("roundrobin");

            assertThat(Registry.mptcp_set_default_scheduler("none")).isEqualTo(-ENOENT);
            assertThat(theDefault()).isEqualTo("roundrobin");
            assertThat(dmesg().toString()).contains("none is not available");
        }
    }

    @Nested
    class mptcp_init_scheduler {
        @Test
        @DisplayName("a connection gets the default of the moment it begins")
        void first() {
            mptcp_cb mpcb = new mptcp_cb();

            Registry.mptcp_init_scheduler(mpcb);
            Registry.mptcp_set_default_scheduler("roundrobin");

            assertThat(mpcb.sched_ops).isSameAs(mptcp_sched_default);
        }
    }

    @Nested
    class mptcp_cleanup_scheduler {
        @Test
        @DisplayName("the connection has none any more")
        void gone() {
            mptcp_cb mpcb = new mptcp_cb();
            Registry.mptcp_init_scheduler(mpcb);

            Registry.mptcp_cleanup_scheduler(mpcb);

            assertThat(mpcb.sched_ops).isNull();
        }
    }

    @Nested
    class mptcp_scheduler_default {
        @Test
        @DisplayName("puts the one called default first")
        void last() {
            Registry.mptcp_set_default_scheduler("roundrobin");

            assertThat(Registry.mptcp_scheduler_default()).isZero();

            assertThat(theDefault()).isEqualTo("default");
        }

        @Test
        @DisplayName("-ENOENT: the one called default has not registered; the order stays")
        void missing() {
            Registry.mptcp_unregister_scheduler(Registry.mptcp_sched_find("default"));

            assertThat(Registry.mptcp_scheduler_default()).isEqualTo(-ENOENT);

            assertThat(theDefault()).isEqualTo("roundrobin");
        }

        @Test
        @DisplayName("is done when all others have booted")
        void late() {
            assertThat(new Boot().level()).isEqualTo(Initcall.Level.LATE);
        }
    }
}
