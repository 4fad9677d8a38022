// SPDX-License-Identifier: GPL-2.0-only
package uapi.linux.sockios;

/** What {@code ioctl} can ask a socket. */
public final class Sockios {
    private Sockios() {}

    /** Blocking or not. */
    public static final int FIONBIO = 0x5421;

    /** Bytes that can be read. */
    public static final int FIONREAD = 0x541B;

    public static final int SIOCINQ = FIONREAD;
    public static final int TIOCOUTQ = 0x5411;

    /** Bytes that were written and not acknowledged. */
    public static final int SIOCOUTQ = TIOCOUTQ;

    /** Bytes that were written and not sent. */
    public static final int SIOCOUTQNSD = 0x894B;

    public static final int FIOSETOWN = 0x8901;
    public static final int SIOCSPGRP = 0x8902;
    public static final int FIOGETOWN = 0x8903;
    public static final int SIOCGPGRP = 0x8904;

    /** Is the urgent byte the next one to be read? */
    public static final int SIOCATMARK = 0x8905;

    /** When the last packet came in. */
    public static final int SIOCGSTAMP = 0x8906;

    public static final int SIOCGSTAMPNS = 0x8907;
    public static final int SIOCADDRT = 0x890B;
    public static final int SIOCDELRT = 0x890C;
    public static final int SIOCRTMSG = 0x890D;
    public static final int SIOCGIFFLAGS = 0x8913;
    public static final int SIOCSIFFLAGS = 0x8914;
    public static final int SIOCGIFADDR = 0x8915;
    public static final int SIOCSIFADDR = 0x8916;
    public static final int SIOCGIFDSTADDR = 0x8917;
    public static final int SIOCSIFDSTADDR = 0x8918;
    public static final int SIOCGIFBRDADDR = 0x8919;
    public static final int SIOCSIFBRDADDR = 0x891a;
    public static final int SIOCGIFNETMASK = 0x891b;
    public static final int SIOCSIFNETMASK = 0x891c;
    public static final int SIOCSIFPFLAGS = 0x8934;
    public static final int SIOCGIFPFLAGS = 0x8935;
    public static final int SIOCDARP = 0x8953;
    public static final int SIOCGARP = 0x8954;
    public static final int SIOCSARP = 0x8955;
}
