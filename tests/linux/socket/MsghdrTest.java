// SPDX-License-Identifier: GPL-2.0-only
package linux.socket;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.name;
import static linux.socket.Msghdr.VERIFY_READ;
import static linux.socket.Msghdr.VERIFY_WRITE;
import static linux.uaccess.User.get32;
import static linux.uaccess.User.get64;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.sum;
import static uapi.linux.socket.SocketOpt.MSG_CTRUNC;

import linux.types.View;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.Skbs;

@KernelTest
class MsghdrTest {
    private final msghdr msg = new msghdr();
    private final sockaddr_in address = new sockaddr_in();

    @Nested
    class verify_iovec {
        private iovec[] iov;

        private int verify(int mode) {
            iov = new iovec[msg.msg_iovlen];
            return Msghdr.verify_iovec(msg, iov, address, mode);
        }

        @Test
        @DisplayName("copies the pieces and adds them up")
        void sum() {
            msg.msg_iov = new iovec[] {new iovec(new byte[9], 2, 3), new iovec(null, 0, 0), new iovec(null, 0, 5)};
            msg.msg_iovlen = 3;
            iovec first = msg.msg_iov[0];

            assertThat(verify(VERIFY_READ)).isEqualTo(8);

            assertThat(msg.msg_iov).isSameAs(iov);
            assertThat(iov[0]).isNotSameAs(first);
            assertThat(iov[0].iov_off).isEqualTo(2);
        }

        @Test
        @DisplayName("more than INT_MAX in all is cut off, and a length that is negative is a huge one")
        void huge() {
            msg.msg_iov = new iovec[] {new iovec(null, 0, 10), new iovec(null, 0, -1), new iovec(null, 0, 7)};
            msg.msg_iovlen = 3;

            assertThat(verify(VERIFY_READ)).isEqualTo(Integer.MAX_VALUE);

            assertThat(iov[1].iov_len).isEqualTo(Integer.MAX_VALUE - 10);
            assertThat(iov[2].iov_len).isZero();
        }

        @Test
        @DisplayName("to send, the address is taken over; to receive, there is only room for it")
        void name() {
            sockaddr_in to = new sockaddr_in(1, 2);
            msg.msg_name = to;
            msg.msg_namelen = 16;
            assertThat(verify(VERIFY_READ)).isZero();
            assertThat(msg.msg_name).isSameAs(address);
            assertThat(address.sin_port).isEqualTo(2);

            address.sin_port = 0;
            msg.msg_name = to;
            assertThat(verify(VERIFY_WRITE)).isZero();
            assertThat(address.sin_port).isZero();
            assertThat(msg.msg_name).isSameAs(address);

            msg.msg_name = to;
            msg.msg_namelen = 0;
            assertThat(verify(VERIFY_WRITE)).isZero();
            assertThat(msg.msg_name).isNull();
        }

        @Test
        @DisplayName("-EFAULT: fewer pieces than it says, or no address; -EINVAL: no length of one")
        void errors() {
            msg.msg_iovlen = 1;
            assertThat(verify(VERIFY_READ)).isEqualTo(-EFAULT);
            msg.msg_iov = new iovec[1];
            assertThat(verify(VERIFY_READ)).isEqualTo(-EFAULT);
            msg.msg_namelen = 16;
            assertThat(verify(VERIFY_READ)).isEqualTo(-EFAULT);
            msg.msg_name = address;
            msg.msg_namelen = 200;
            assertThat(verify(VERIFY_READ)).isEqualTo(-EINVAL);
        }
    }

    @Nested
    class put_cmsg {
        private final byte[] control = new byte[100];

        private void room(int bytes) {
            msg.msg_control = new View(control, 0);
            msg.msg_controllen = bytes;
        }

        @Test
        @DisplayName("a header of 16 bytes, the data, and the next one at a multiple of 8")
        void layout() {
            room(100);

            assertThat(Msghdr.put_cmsg(msg, 1, 29, 3, Skbs.count(7, 3))).isZero();

            assertThat(get64(control, 0)).isEqualTo(19);
            assertThat(get32(control, 8)).isEqualTo(1);
            assertThat(get32(control, 12)).isEqualTo(29);
            assertThat(control[16]).isEqualTo((byte) 7);
            assertThat(((View) msg.msg_control).at).isEqualTo(24);
            assertThat(msg.msg_controllen).isEqualTo(76);
            assertThat(msg.msg_flags).isZero();
        }

        @Test
        @DisplayName("what does not fit is cut off, and that is said")
        void cut_off() {
            room(18);
            assertThat(Msghdr.put_cmsg(msg, 1, 29, 4, Skbs.count(7, 4))).isZero();
            assertThat(msg.msg_flags).isEqualTo(MSG_CTRUNC);
            assertThat(get64(control, 0)).isEqualTo(18);
            assertThat(control[17]).isEqualTo((byte) 8);
            assertThat(control[18]).isZero();
            assertThat(msg.msg_controllen).isZero();
        }

        @Test
        @DisplayName("without room for a header nothing is written")
        void no_room() {
            room(15);
            assertThat(Msghdr.put_cmsg(msg, 1, 29, 4, new byte[4])).isZero();
            assertThat(msg.msg_flags).isEqualTo(MSG_CTRUNC);
            msg.msg_control = null;
            msg.msg_controllen = 100;
            assertThat(Msghdr.put_cmsg(msg, 1, 29, 4, new byte[4])).isZero();
            assertThat(control).containsOnly(0);
        }

        @Test
        @DisplayName("-EFAULT: there is less room than the application says")
        void fault() {
            room(200);
            assertThat(Msghdr.put_cmsg(msg, 1, 29, 150, new byte[150])).isEqualTo(-EFAULT);
        }
    }
}
