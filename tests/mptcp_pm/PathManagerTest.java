// SPDX-License-Identifier: GPL-2.0-only
package mptcp_pm;

import static linux.errno.Errno.EEXIST;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENOENT;
import static linux.printk.Printk.dmesg;
import static net.mptcp.Globals.mptcp_pm_default;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.List;
import linux.bug.Oops;
import linux.compiler.BoolRef;
import linux.compiler.Ref;
import linux.init.Initcall;
import linux.list.list_head;
import linux.printk.Printk;
import net.mptcp.mptcp_cb;
import net.mptcp.mptcp_pm_ops;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class PathManagerTest {
    private static mptcp_pm_ops pm(String name) {
        mptcp_pm_ops pm = new mptcp_pm_ops();
        pm.name = name;
        pm.get_local_id = PathManager::mptcp_default_id;
        return pm;
    }

    private static String theDefault() {
        Ref<String> name = new Ref<>();
        PathManager.mptcp_get_default_path_manager(name);
        return name.val;
    }

    @Nested
    class mptcp_default_id {
        @Test
        @DisplayName("is 0, and the priority stays")
        void zero() {
            BoolRef low_prio = new BoolRef(true);

            assertThat(PathManager.mptcp_default_id(AF_INET, 0x0a000001, init_net, low_prio)).isZero();
            assertThat(low_prio.val).isTrue();
        }
    }

    @Nested
    class mptcp_pm_find {
        @Test
        @DisplayName("those that boot has registered, and no other")
        void builtIn() {
            for (String name : List.of("default", "fullmesh", "ndiffports", "binder")) {
                assertThat(PathManager.mptcp_pm_find(name).name).isEqualTo(name);
            }
            assertThat(PathManager.mptcp_pm_find("Default")).isNull();
        }
    }

    @Nested
    class mptcp_register_path_manager {
        @Test
        @DisplayName("is known then, behind the others")
        void registered() {
            mptcp_pm_ops pm = pm("mine");

            assertThat(PathManager.mptcp_register_path_manager(pm)).isZero();

            assertThat(PathManager.mptcp_pm_find("mine")).isSameAs(pm);
            assertThat(PathManager.mptcp_pm_list.prev.owner).isSameAs(pm);
            assertThat(dmesg().toString()).contains("mine registered");
        }

        @Test
        @DisplayName("-EEXIST: the name is taken; -EINVAL: no ids")
        void refused() {
            assertThat(PathManager.mptcp_register_path_manager(pm("fullmesh"))).isEqualTo(-EEXIST);
            assertThat(Printk.dmesg()).last().extracting(Printk.Line::text).asString()
                    .contains("fullmesh already registered");
            mptcp_pm_ops noIds = pm("mine");
            noIds.get_local_id = null;
            assertThat(PathManager.mptcp_register_path_manager(noIds)).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class mptcp_unregister_path_manager {
        @Test
        @DisplayName("is not known any more")
        void gone() {
            PathManager.mptcp_unregister_path_manager(PathManager.mptcp_pm_find("fullmesh"));

            assertThat(PathManager.mptcp_pm_find("fullmesh")).isNull();
        }
    }

    @Nested
    class mptcp_get_default_path_manager {
        @Test
        @DisplayName("names the first of the list; an empty list is a bug")
        void first() {
            assertThat(theDefault()).isEqualTo("default");

            PathManager.mptcp_pm_list = new list_head<>();
            assertThatThrownBy(PathManagerTest::theDefault).isInstanceOf(Oops.class);
        }
    }

    @Nested
    class mptcp_set_default_path_manager {
        @Test
        @DisplayName("moves it to the front; -ENOENT: there is none of that name, which the log says")
        void front() {
            assertThat(PathManager.mptcp_set_default_path_manager("ndiffports")).isZero();
            assertThat(theDefault()).isEqualTo("ndiffports");

            assertThat(PathManager.mptcp_set_default_path_manager("none")).isEqualTo(-ENOENT);
            assertThat(theDefault()).isEqualTo("ndiffports");
            assertThat(dmesg().toString()).contains("none is not available");
        }
    }

    @Nested
    class mptcp_init_path_manager {
        @Test
        @DisplayName("a connection gets the default of the moment it begins")
        void first() {
            mptcp_cb mpcb = new mptcp_cb();
            PathManager.mptcp_set_default_path_manager("fullmesh");

            PathManager.mptcp_init_path_manager(mpcb);
            PathManager.mptcp_set_default_path_manager("default");

            assertThat(mpcb.pm_ops.name).isEqualTo("fullmesh");
        }
    }

    @Nested
    class mptcp_cleanup_path_manager {
        @Test
        @DisplayName("the connection has none any more")
        void gone() {
            mptcp_cb mpcb = new mptcp_cb();
            PathManager.mptcp_init_path_manager(mpcb);

            PathManager.mptcp_cleanup_path_manager(mpcb);

            assertThat(mpcb.pm_ops).isNull();
        }
    }

    @Nested
    class mptcp_fallback_default {
        @Test
        @DisplayName("the connection goes on with the one called default, whatever is the default")
        void fallback() {
            mptcp_cb mpcb = new mptcp_cb();
            PathManager.mptcp_set_default_path_manager("fullmesh");
            PathManager.mptcp_init_path_manager(mpcb);

            PathManager.mptcp_fallback_default(mpcb);

            assertThat(mpcb.pm_ops).isSameAs(mptcp_pm_default);
        }
    }

    @Nested
    class mptcp_path_manager_default {
        @Test
        @DisplayName("puts the one called default first")
        void last() {
            PathManager.mptcp_set_default_path_manager("fullmesh");

            assertThat(PathManager.mptcp_path_manager_default()).isZero();

            assertThat(theDefault()).isEqualTo("default");
        }

        @Test
        @DisplayName("-ENOENT: the one called default has not registered")
        void missing() {
            PathManager.mptcp_unregister_path_manager(PathManager.mptcp_pm_find("default"));

            assertThat(PathManager.mptcp_path_manager_default()).isEqualTo(-ENOENT);
        }

        @Test
        @DisplayName("is done when all others have booted")
        void late() {
            assertThat(new Boot().level()).isEqualTo(Initcall.Level.LATE);
        }
    }
}
