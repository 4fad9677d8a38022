// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import linux.list.HlistLink;
import linux.list.HlistNullsLink;
import linux.list.hlist_head;
import linux.list.hlist_nulls_head;
import linux.tcp.tcp_sock;
import net.inet_connection_sock.inet_connection_sock;
import net.inet_connection_sock.inet_connection_sock.CaPriv;
import net.inet_sock.inet_sock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

/** A socket's copy has every field of the original: what {@code memcpy} cannot forget, a method can. */
@KernelTest
class CopyTest {
    /** What is not copied, and why. */
    private static final Map<String, String> NOT_COPIED = Map.of(
            "sock_common.skc_nulls_node", "between skc_dontcopy_begin and skc_dontcopy_end",
            "sock_common.skc_tx_queue_mapping", "between skc_dontcopy_begin and skc_dontcopy_end",
            "sock_common.skc_refcnt", "between skc_dontcopy_begin and skc_dontcopy_end",
            "sock.sk_lock", "set anew by sock_lock_init; nobody waits for the copy");

    /** Of a timer: whether it is running is not copied. */
    private static final List<String> NOT_COPIED_OF_A_TIMER = List.of("entry");

    private int counter = 1;

    private static List<Field> fields(Class<?> c) {
        List<Field> found = new ArrayList<>();
        for (; c != Object.class; c = c.getSuperclass()) {
            for (Field f : c.getDeclaredFields()) {
                if (!Modifier.isStatic(f.getModifiers()) && !f.isSynthetic()) {
                    f.setAccessible(true);
                    found.add(f);
                }
            }
        }
        return found;
    }

    private static boolean isOwner(Field f) {
        return f.getName().equals("owner");
    }

    /** A value of the field's type that no other field has. */
    private Object value(Class<?> type) throws ReflectiveOperationException {
        if (type == int.class) {
            return counter++;
        }
        if (type == long.class) {
            return (long) counter++ << 32;
        }
        if (type == boolean.class) {
            return true;
        }
        if (type == CaPriv.class) {
            return new Priv(counter++);
        }
        if (type.isInterface()) {
            return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
                    (proxy, method, args) -> method.getName().equals("equals") ? (Object) (proxy == args[0]) : null);
        }
        if (type.isArray()) {
            return Array.newInstance(type.getComponentType(), 1);
        }
        if (type == HlistLink.class) {
            return new hlist_head<sock_common>();
        }
        if (type == HlistNullsLink.class) {
            return new hlist_nulls_head<sock_common>();
        }
        Constructor<?> c = type.getDeclaredConstructors()[0];
        c.setAccessible(true);
        Object[] args = new Object[c.getParameterCount()];
        for (int i = 0; i < args.length; i++) {
            Class<?> p = c.getParameterTypes()[i];
            args[i] = p == int.class ? (Object) 0 : p == boolean.class ? (Object) false : null;
        }
        return c.newInstance(args);
    }

    /** Gives every field of {@code o}, and of what is embedded in it, a value of its own. */
    private void fill(Object o) throws ReflectiveOperationException {
        for (Field f : fields(o.getClass())) {
            if (isOwner(f) || f.getDeclaringClass().getPackageName().startsWith("java.")) {
                continue;
            }
            if (Modifier.isFinal(f.getModifiers()) || f.getName().equals("cork")) {
                Object embedded = f.get(o);
                if (embedded.getClass().isArray()) {
                    for (int i = 0; i < Array.getLength(embedded); i++) {
                        fill(Array.get(embedded, i));
                    }
                } else {
                    fill(embedded);
                }
            } else {
                f.set(o, value(f.getType()));
            }
        }
    }

    private void same(String path, Object a, Object b) throws ReflectiveOperationException {
        for (Field f : fields(a.getClass())) {
            String name = f.getDeclaringClass().getSimpleName() + "." + f.getName();
            if (NOT_COPIED.containsKey(name)
                    || isOwner(f)
                    || f.getDeclaringClass().getSimpleName().equals("timer_list")
                            && NOT_COPIED_OF_A_TIMER.contains(f.getName())) {
                continue;
            }
            String where = path + "." + f.getName();
            Object va = f.get(a);
            Object vb = f.get(b);
            if (Modifier.isFinal(f.getModifiers()) || f.getName().equals("cork")) {
                assertThat(vb).as(where + " is embedded").isNotSameAs(va);
                if (va.getClass().isArray()) {
                    for (int i = 0; i < Array.getLength(va); i++) {
                        same(where + "[" + i + "]", Array.get(va, i), Array.get(vb, i));
                    }
                } else {
                    same(where, va, vb);
                }
            } else if (va instanceof Priv) {
                assertThat(vb).as(where).isNotSameAs(va);
                assertThat(((Priv) vb).n).as(where).isEqualTo(((Priv) va).n);
            } else if (f.getType().isPrimitive()) {
                assertThat(vb).as(where).isEqualTo(va);
            } else {
                assertThat(vb == va).as(where).isTrue();
            }
        }
    }

    private static final class Priv implements CaPriv {
        private final int n;

        Priv(int n) {
            this.n = n;
        }

        @Override
        public CaPriv copy() {
            return new Priv(n);
        }
    }

    private void copies(sock from, sock to) throws ReflectiveOperationException {
        fill(from);
        to.copy(from);
        same(from.getClass().getSimpleName(), from, to);
    }

    @Test
    @DisplayName("a sock has every field of the one that it was copied from, and so has each kind of sock")
    void every_field() throws ReflectiveOperationException {
        copies(new sock(), new sock());
        copies(new inet_sock(), new inet_sock());
        copies(new inet_connection_sock(), new inet_connection_sock());
        copies(new tcp_sock(), new tcp_sock());
    }

    @Test
    @DisplayName("what is listed as not copied is not")
    void not_copied() throws ReflectiveOperationException {
        tcp_sock from = new tcp_sock();
        tcp_sock to = new tcp_sock();
        fill(from);

        to.copy(from);

        assertThat(to.skc_refcnt).isZero();
        assertThat(to.skc_tx_queue_mapping).isZero();
        assertThat(to.skc_nulls_node.next).isNull();
        assertThat(to.sk_lock.owned).isZero();
        assertThat(to.sk_timer.entry.next).isNull();
        assertThat(to.icsk_delack_timer.entry.next).isNull();
        for (String name : NOT_COPIED.keySet()) {
            assertThat(fields(tcp_sock.class))
                    .anyMatch(f -> name.equals(f.getDeclaringClass().getSimpleName() + "." + f.getName()));
        }
    }

    @Test
    @DisplayName("a socket of another class is refused: in C the memory behind its end would be copied")
    void other_class() {
        try {
            new tcp_sock().copy(new sock());
        } catch (ClassCastException e) {
            return;
        }
        fail("was copied");
    }
}
