// SPDX-License-Identifier: GPL-2.0-only
package proc;

import static net.snmp.snmp_mib.SNMP_MIB_ITEM;
import static uapi.linux.icmp.Icmp.ICMP_ADDRESS;
import static uapi.linux.icmp.Icmp.ICMP_ADDRESSREPLY;
import static uapi.linux.icmp.Icmp.ICMP_DEST_UNREACH;
import static uapi.linux.icmp.Icmp.ICMP_ECHO;
import static uapi.linux.icmp.Icmp.ICMP_ECHOREPLY;
import static uapi.linux.icmp.Icmp.ICMP_PARAMETERPROB;
import static uapi.linux.icmp.Icmp.ICMP_REDIRECT;
import static uapi.linux.icmp.Icmp.ICMP_SOURCE_QUENCH;
import static uapi.linux.icmp.Icmp.ICMP_TIMESTAMP;
import static uapi.linux.icmp.Icmp.ICMP_TIMESTAMPREPLY;
import static uapi.linux.icmp.Icmp.ICMP_TIME_EXCEEDED;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_CEPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_ECT0PKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_ECT1PKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGCREATES;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGFAILS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_FRAGOKS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INADDRERRORS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INBCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INBCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INDELIVERS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INDISCARDS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INHDRERRORS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INMCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INMCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INNOROUTES;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INTRUNCATEDPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_INUNKNOWNPROTOS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_NOECTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTBCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTBCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTDISCARDS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTFORWDATAGRAMS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTMCASTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTMCASTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTNOROUTES;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTOCTETS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_OUTPKTS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMFAILS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMOKS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMREQDS;
import static uapi.linux.snmp.Snmp.IPSTATS_MIB_REASMTIMEOUT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_ARPFILTER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_BUSYPOLLRXPACKETS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_DELAYEDACKLOCKED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_DELAYEDACKLOST;
import static uapi.linux.snmp.Snmp.LINUX_MIB_DELAYEDACKS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_EMBRYONICRSTS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_IPRPFILTER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENDROPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LISTENOVERFLOWS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_LOCKDROPPEDICMPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_OFOPRUNED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_OUTOFWINDOWICMPS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSACTIVEREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSESTABREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PAWSPASSIVEREJECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_PRUNECALLED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_RCVPRUNED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SACKMERGED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SACKSHIFTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SACKSHIFTFALLBACK;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESFAILED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESRECV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_SYNCOOKIESSENT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTFAILED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONCLOSE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONDATA;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONLINGER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONMEMORY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPABORTONTIMEOUT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPAUTOCORKING;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPBACKLOGDROP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPCHALLENGEACK;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDEFERACCEPTDROP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDIRECTCOPYFROMBACKLOG;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDIRECTCOPYFROMPREQUEUE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKIGNOREDNOUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKIGNOREDOLD;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKOFORECV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKOFOSENT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKOLDSENT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKRECV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPDSACKUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFACKREORDER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENACTIVE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENACTIVEFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENCOOKIEREQD;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENLISTENOVERFLOW;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENPASSIVE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTOPENPASSIVEFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFASTRETRANS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFORWARDRETRANS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFROMZEROWINDOWADV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPFULLUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPHPACKS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPHPHITS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPHPHITSTOUSER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSFAILURES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSPROBERECOVERY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSPROBES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSSUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPLOSTRETRANSMIT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPMD5NOTFOUND;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPMD5UNEXPECTED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPMEMORYPRESSURES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPMINTTLDROP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPOFODROP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPOFOMERGE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPOFOQUEUE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPORIGDATASENT;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPARTIALUNDO;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPREQUEUED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPREQUEUEDROPPED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPPUREACKS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRCVCOALESCE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRCVCOLLAPSED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENOFAILURES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENORECOVERY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENORECOVERYFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRENOREORDER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPREQQFULLDOCOOKIES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPREQQFULLDROP;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPRETRANSFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKDISCARD;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKFAILURES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKRECOVERY;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKRECOVERYFAIL;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKRENEGING;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSACKREORDER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSCHEDULERFAILED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSLOWSTARTRETRANS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSPURIOUSRTOS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSPURIOUS_RTX_HOSTQUEUES;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSYNCHALLENGE;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPSYNRETRANS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTIMEOUTS;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTIMEWAITOVERFLOW;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTOZEROWINDOWADV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPTSREORDER;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TCPWANTZEROWINDOWADV;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TIMEWAITED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TIMEWAITKILLED;
import static uapi.linux.snmp.Snmp.LINUX_MIB_TIMEWAITRECYCLED;
import static uapi.linux.snmp.Snmp.TCP_MIB_ACTIVEOPENS;
import static uapi.linux.snmp.Snmp.TCP_MIB_ATTEMPTFAILS;
import static uapi.linux.snmp.Snmp.TCP_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.TCP_MIB_CURRESTAB;
import static uapi.linux.snmp.Snmp.TCP_MIB_ESTABRESETS;
import static uapi.linux.snmp.Snmp.TCP_MIB_INERRS;
import static uapi.linux.snmp.Snmp.TCP_MIB_INSEGS;
import static uapi.linux.snmp.Snmp.TCP_MIB_MAXCONN;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTRSTS;
import static uapi.linux.snmp.Snmp.TCP_MIB_OUTSEGS;
import static uapi.linux.snmp.Snmp.TCP_MIB_PASSIVEOPENS;
import static uapi.linux.snmp.Snmp.TCP_MIB_RETRANSSEGS;
import static uapi.linux.snmp.Snmp.TCP_MIB_RTOALGORITHM;
import static uapi.linux.snmp.Snmp.TCP_MIB_RTOMAX;
import static uapi.linux.snmp.Snmp.TCP_MIB_RTOMIN;
import static uapi.linux.snmp.Snmp.UDP_MIB_CSUMERRORS;
import static uapi.linux.snmp.Snmp.UDP_MIB_INDATAGRAMS;
import static uapi.linux.snmp.Snmp.UDP_MIB_INERRORS;
import static uapi.linux.snmp.Snmp.UDP_MIB_NOPORTS;
import static uapi.linux.snmp.Snmp.UDP_MIB_OUTDATAGRAMS;
import static uapi.linux.snmp.Snmp.UDP_MIB_RCVBUFERRORS;
import static uapi.linux.snmp.Snmp.UDP_MIB_SNDBUFERRORS;

import net.snmp.snmp_mib;

/** What the counters of {@code uapi.linux.snmp.Snmp} are called in {@code /proc}, in the order shown there. */
public final class MibNames {
    private MibNames() {}

    /** {@code Ip} in {@code /proc/net/snmp} (RFC 4293). */
    public static final snmp_mib[] snmp4_ipstats_list = {
        SNMP_MIB_ITEM("InReceives", IPSTATS_MIB_INPKTS),
        SNMP_MIB_ITEM("InHdrErrors", IPSTATS_MIB_INHDRERRORS),
        SNMP_MIB_ITEM("InAddrErrors", IPSTATS_MIB_INADDRERRORS),
        SNMP_MIB_ITEM("ForwDatagrams", IPSTATS_MIB_OUTFORWDATAGRAMS),
        SNMP_MIB_ITEM("InUnknownProtos", IPSTATS_MIB_INUNKNOWNPROTOS),
        SNMP_MIB_ITEM("InDiscards", IPSTATS_MIB_INDISCARDS),
        SNMP_MIB_ITEM("InDelivers", IPSTATS_MIB_INDELIVERS),
        SNMP_MIB_ITEM("OutRequests", IPSTATS_MIB_OUTPKTS),
        SNMP_MIB_ITEM("OutDiscards", IPSTATS_MIB_OUTDISCARDS),
        SNMP_MIB_ITEM("OutNoRoutes", IPSTATS_MIB_OUTNOROUTES),
        SNMP_MIB_ITEM("ReasmTimeout", IPSTATS_MIB_REASMTIMEOUT),
        SNMP_MIB_ITEM("ReasmReqds", IPSTATS_MIB_REASMREQDS),
        SNMP_MIB_ITEM("ReasmOKs", IPSTATS_MIB_REASMOKS),
        SNMP_MIB_ITEM("ReasmFails", IPSTATS_MIB_REASMFAILS),
        SNMP_MIB_ITEM("FragOKs", IPSTATS_MIB_FRAGOKS),
        SNMP_MIB_ITEM("FragFails", IPSTATS_MIB_FRAGFAILS),
        SNMP_MIB_ITEM("FragCreates", IPSTATS_MIB_FRAGCREATES),
    };

    /** {@code IpExt} in {@code /proc/net/netstat}. */
    public static final snmp_mib[] snmp4_ipextstats_list = {
        SNMP_MIB_ITEM("InNoRoutes", IPSTATS_MIB_INNOROUTES),
        SNMP_MIB_ITEM("InTruncatedPkts", IPSTATS_MIB_INTRUNCATEDPKTS),
        SNMP_MIB_ITEM("InMcastPkts", IPSTATS_MIB_INMCASTPKTS),
        SNMP_MIB_ITEM("OutMcastPkts", IPSTATS_MIB_OUTMCASTPKTS),
        SNMP_MIB_ITEM("InBcastPkts", IPSTATS_MIB_INBCASTPKTS),
        SNMP_MIB_ITEM("OutBcastPkts", IPSTATS_MIB_OUTBCASTPKTS),
        SNMP_MIB_ITEM("InOctets", IPSTATS_MIB_INOCTETS),
        SNMP_MIB_ITEM("OutOctets", IPSTATS_MIB_OUTOCTETS),
        SNMP_MIB_ITEM("InMcastOctets", IPSTATS_MIB_INMCASTOCTETS),
        SNMP_MIB_ITEM("OutMcastOctets", IPSTATS_MIB_OUTMCASTOCTETS),
        SNMP_MIB_ITEM("InBcastOctets", IPSTATS_MIB_INBCASTOCTETS),
        SNMP_MIB_ITEM("OutBcastOctets", IPSTATS_MIB_OUTBCASTOCTETS),
        SNMP_MIB_ITEM("InCsumErrors", IPSTATS_MIB_CSUMERRORS),
        SNMP_MIB_ITEM("InNoECTPkts", IPSTATS_MIB_NOECTPKTS),
        SNMP_MIB_ITEM("InECT1Pkts", IPSTATS_MIB_ECT1PKTS),
        SNMP_MIB_ITEM("InECT0Pkts", IPSTATS_MIB_ECT0PKTS),
        SNMP_MIB_ITEM("InCEPkts", IPSTATS_MIB_CEPKTS),
    };

    /** {@code Icmp} in {@code /proc/net/snmp}, by ICMP type. */
    public static final snmp_mib[] icmpmibmap = {
        SNMP_MIB_ITEM("DestUnreachs", ICMP_DEST_UNREACH),
        SNMP_MIB_ITEM("TimeExcds", ICMP_TIME_EXCEEDED),
        SNMP_MIB_ITEM("ParmProbs", ICMP_PARAMETERPROB),
        SNMP_MIB_ITEM("SrcQuenchs", ICMP_SOURCE_QUENCH),
        SNMP_MIB_ITEM("Redirects", ICMP_REDIRECT),
        SNMP_MIB_ITEM("Echos", ICMP_ECHO),
        SNMP_MIB_ITEM("EchoReps", ICMP_ECHOREPLY),
        SNMP_MIB_ITEM("Timestamps", ICMP_TIMESTAMP),
        SNMP_MIB_ITEM("TimestampReps", ICMP_TIMESTAMPREPLY),
        SNMP_MIB_ITEM("AddrMasks", ICMP_ADDRESS),
        SNMP_MIB_ITEM("AddrMaskReps", ICMP_ADDRESSREPLY),
    };

    /** {@code Tcp} in {@code /proc/net/snmp} (RFC 4022). */
    public static final snmp_mib[] snmp4_tcp_list = {
        SNMP_MIB_ITEM("RtoAlgorithm", TCP_MIB_RTOALGORITHM),
        SNMP_MIB_ITEM("RtoMin", TCP_MIB_RTOMIN),
        SNMP_MIB_ITEM("RtoMax", TCP_MIB_RTOMAX),
        SNMP_MIB_ITEM("MaxConn", TCP_MIB_MAXCONN),
        SNMP_MIB_ITEM("ActiveOpens", TCP_MIB_ACTIVEOPENS),
        SNMP_MIB_ITEM("PassiveOpens", TCP_MIB_PASSIVEOPENS),
        SNMP_MIB_ITEM("AttemptFails", TCP_MIB_ATTEMPTFAILS),
        SNMP_MIB_ITEM("EstabResets", TCP_MIB_ESTABRESETS),
        SNMP_MIB_ITEM("CurrEstab", TCP_MIB_CURRESTAB),
        SNMP_MIB_ITEM("InSegs", TCP_MIB_INSEGS),
        SNMP_MIB_ITEM("OutSegs", TCP_MIB_OUTSEGS),
        SNMP_MIB_ITEM("RetransSegs", TCP_MIB_RETRANSSEGS),
        SNMP_MIB_ITEM("InErrs", TCP_MIB_INERRS),
        SNMP_MIB_ITEM("OutRsts", TCP_MIB_OUTRSTS),
        SNMP_MIB_ITEM("InCsumErrors", TCP_MIB_CSUMERRORS),
    };

    /** {@code Udp} and {@code UdpLite} in {@code /proc/net/snmp}. */
    public static final snmp_mib[] snmp4_udp_list = {
        SNMP_MIB_ITEM("InDatagrams", UDP_MIB_INDATAGRAMS),
        SNMP_MIB_ITEM("NoPorts", UDP_MIB_NOPORTS),
        SNMP_MIB_ITEM("InErrors", UDP_MIB_INERRORS),
        SNMP_MIB_ITEM("OutDatagrams", UDP_MIB_OUTDATAGRAMS),
        SNMP_MIB_ITEM("RcvbufErrors", UDP_MIB_RCVBUFERRORS),
        SNMP_MIB_ITEM("SndbufErrors", UDP_MIB_SNDBUFERRORS),
        SNMP_MIB_ITEM("InCsumErrors", UDP_MIB_CSUMERRORS),
    };

    /** {@code TcpExt} in {@code /proc/net/netstat}. */
    public static final snmp_mib[] snmp4_net_list = {
        SNMP_MIB_ITEM("SyncookiesSent", LINUX_MIB_SYNCOOKIESSENT),
        SNMP_MIB_ITEM("SyncookiesRecv", LINUX_MIB_SYNCOOKIESRECV),
        SNMP_MIB_ITEM("SyncookiesFailed", LINUX_MIB_SYNCOOKIESFAILED),
        SNMP_MIB_ITEM("EmbryonicRsts", LINUX_MIB_EMBRYONICRSTS),
        SNMP_MIB_ITEM("PruneCalled", LINUX_MIB_PRUNECALLED),
        SNMP_MIB_ITEM("RcvPruned", LINUX_MIB_RCVPRUNED),
        SNMP_MIB_ITEM("OfoPruned", LINUX_MIB_OFOPRUNED),
        SNMP_MIB_ITEM("OutOfWindowIcmps", LINUX_MIB_OUTOFWINDOWICMPS),
        SNMP_MIB_ITEM("LockDroppedIcmps", LINUX_MIB_LOCKDROPPEDICMPS),
        SNMP_MIB_ITEM("ArpFilter", LINUX_MIB_ARPFILTER),
        SNMP_MIB_ITEM("TW", LINUX_MIB_TIMEWAITED),
        SNMP_MIB_ITEM("TWRecycled", LINUX_MIB_TIMEWAITRECYCLED),
        SNMP_MIB_ITEM("TWKilled", LINUX_MIB_TIMEWAITKILLED),
        SNMP_MIB_ITEM("PAWSPassive", LINUX_MIB_PAWSPASSIVEREJECTED),
        SNMP_MIB_ITEM("PAWSActive", LINUX_MIB_PAWSACTIVEREJECTED),
        SNMP_MIB_ITEM("PAWSEstab", LINUX_MIB_PAWSESTABREJECTED),
        SNMP_MIB_ITEM("DelayedACKs", LINUX_MIB_DELAYEDACKS),
        SNMP_MIB_ITEM("DelayedACKLocked", LINUX_MIB_DELAYEDACKLOCKED),
        SNMP_MIB_ITEM("DelayedACKLost", LINUX_MIB_DELAYEDACKLOST),
        SNMP_MIB_ITEM("ListenOverflows", LINUX_MIB_LISTENOVERFLOWS),
        SNMP_MIB_ITEM("ListenDrops", LINUX_MIB_LISTENDROPS),
        SNMP_MIB_ITEM("TCPPrequeued", LINUX_MIB_TCPPREQUEUED),
        SNMP_MIB_ITEM("TCPDirectCopyFromBacklog", LINUX_MIB_TCPDIRECTCOPYFROMBACKLOG),
        SNMP_MIB_ITEM("TCPDirectCopyFromPrequeue", LINUX_MIB_TCPDIRECTCOPYFROMPREQUEUE),
        SNMP_MIB_ITEM("TCPPrequeueDropped", LINUX_MIB_TCPPREQUEUEDROPPED),
        SNMP_MIB_ITEM("TCPHPHits", LINUX_MIB_TCPHPHITS),
        SNMP_MIB_ITEM("TCPHPHitsToUser", LINUX_MIB_TCPHPHITSTOUSER),
        SNMP_MIB_ITEM("TCPPureAcks", LINUX_MIB_TCPPUREACKS),
        SNMP_MIB_ITEM("TCPHPAcks", LINUX_MIB_TCPHPACKS),
        SNMP_MIB_ITEM("TCPRenoRecovery", LINUX_MIB_TCPRENORECOVERY),
        SNMP_MIB_ITEM("TCPSackRecovery", LINUX_MIB_TCPSACKRECOVERY),
        SNMP_MIB_ITEM("TCPSACKReneging", LINUX_MIB_TCPSACKRENEGING),
        SNMP_MIB_ITEM("TCPFACKReorder", LINUX_MIB_TCPFACKREORDER),
        SNMP_MIB_ITEM("TCPSACKReorder", LINUX_MIB_TCPSACKREORDER),
        SNMP_MIB_ITEM("TCPRenoReorder", LINUX_MIB_TCPRENOREORDER),
        SNMP_MIB_ITEM("TCPTSReorder", LINUX_MIB_TCPTSREORDER),
        SNMP_MIB_ITEM("TCPFullUndo", LINUX_MIB_TCPFULLUNDO),
        SNMP_MIB_ITEM("TCPPartialUndo", LINUX_MIB_TCPPARTIALUNDO),
        SNMP_MIB_ITEM("TCPDSACKUndo", LINUX_MIB_TCPDSACKUNDO),
        SNMP_MIB_ITEM("TCPLossUndo", LINUX_MIB_TCPLOSSUNDO),
        SNMP_MIB_ITEM("TCPLostRetransmit", LINUX_MIB_TCPLOSTRETRANSMIT),
        SNMP_MIB_ITEM("TCPRenoFailures", LINUX_MIB_TCPRENOFAILURES),
        SNMP_MIB_ITEM("TCPSackFailures", LINUX_MIB_TCPSACKFAILURES),
        SNMP_MIB_ITEM("TCPLossFailures", LINUX_MIB_TCPLOSSFAILURES),
        SNMP_MIB_ITEM("TCPFastRetrans", LINUX_MIB_TCPFASTRETRANS),
        SNMP_MIB_ITEM("TCPForwardRetrans", LINUX_MIB_TCPFORWARDRETRANS),
        SNMP_MIB_ITEM("TCPSlowStartRetrans", LINUX_MIB_TCPSLOWSTARTRETRANS),
        SNMP_MIB_ITEM("TCPTimeouts", LINUX_MIB_TCPTIMEOUTS),
        SNMP_MIB_ITEM("TCPLossProbes", LINUX_MIB_TCPLOSSPROBES),
        SNMP_MIB_ITEM("TCPLossProbeRecovery", LINUX_MIB_TCPLOSSPROBERECOVERY),
        SNMP_MIB_ITEM("TCPRenoRecoveryFail", LINUX_MIB_TCPRENORECOVERYFAIL),
        SNMP_MIB_ITEM("TCPSackRecoveryFail", LINUX_MIB_TCPSACKRECOVERYFAIL),
        SNMP_MIB_ITEM("TCPSchedulerFailed", LINUX_MIB_TCPSCHEDULERFAILED),
        SNMP_MIB_ITEM("TCPRcvCollapsed", LINUX_MIB_TCPRCVCOLLAPSED),
        SNMP_MIB_ITEM("TCPDSACKOldSent", LINUX_MIB_TCPDSACKOLDSENT),
        SNMP_MIB_ITEM("TCPDSACKOfoSent", LINUX_MIB_TCPDSACKOFOSENT),
        SNMP_MIB_ITEM("TCPDSACKRecv", LINUX_MIB_TCPDSACKRECV),
        SNMP_MIB_ITEM("TCPDSACKOfoRecv", LINUX_MIB_TCPDSACKOFORECV),
        SNMP_MIB_ITEM("TCPAbortOnData", LINUX_MIB_TCPABORTONDATA),
        SNMP_MIB_ITEM("TCPAbortOnClose", LINUX_MIB_TCPABORTONCLOSE),
        SNMP_MIB_ITEM("TCPAbortOnMemory", LINUX_MIB_TCPABORTONMEMORY),
        SNMP_MIB_ITEM("TCPAbortOnTimeout", LINUX_MIB_TCPABORTONTIMEOUT),
        SNMP_MIB_ITEM("TCPAbortOnLinger", LINUX_MIB_TCPABORTONLINGER),
        SNMP_MIB_ITEM("TCPAbortFailed", LINUX_MIB_TCPABORTFAILED),
        SNMP_MIB_ITEM("TCPMemoryPressures", LINUX_MIB_TCPMEMORYPRESSURES),
        SNMP_MIB_ITEM("TCPSACKDiscard", LINUX_MIB_TCPSACKDISCARD),
        SNMP_MIB_ITEM("TCPDSACKIgnoredOld", LINUX_MIB_TCPDSACKIGNOREDOLD),
        SNMP_MIB_ITEM("TCPDSACKIgnoredNoUndo", LINUX_MIB_TCPDSACKIGNOREDNOUNDO),
        SNMP_MIB_ITEM("TCPSpuriousRTOs", LINUX_MIB_TCPSPURIOUSRTOS),
        SNMP_MIB_ITEM("TCPMD5NotFound", LINUX_MIB_TCPMD5NOTFOUND),
        SNMP_MIB_ITEM("TCPMD5Unexpected", LINUX_MIB_TCPMD5UNEXPECTED),
        SNMP_MIB_ITEM("TCPSackShifted", LINUX_MIB_SACKSHIFTED),
        SNMP_MIB_ITEM("TCPSackMerged", LINUX_MIB_SACKMERGED),
        SNMP_MIB_ITEM("TCPSackShiftFallback", LINUX_MIB_SACKSHIFTFALLBACK),
        SNMP_MIB_ITEM("TCPBacklogDrop", LINUX_MIB_TCPBACKLOGDROP),
        SNMP_MIB_ITEM("TCPMinTTLDrop", LINUX_MIB_TCPMINTTLDROP),
        SNMP_MIB_ITEM("TCPDeferAcceptDrop", LINUX_MIB_TCPDEFERACCEPTDROP),
        SNMP_MIB_ITEM("IPReversePathFilter", LINUX_MIB_IPRPFILTER),
        SNMP_MIB_ITEM("TCPTimeWaitOverflow", LINUX_MIB_TCPTIMEWAITOVERFLOW),
        SNMP_MIB_ITEM("TCPReqQFullDoCookies", LINUX_MIB_TCPREQQFULLDOCOOKIES),
        SNMP_MIB_ITEM("TCPReqQFullDrop", LINUX_MIB_TCPREQQFULLDROP),
        SNMP_MIB_ITEM("TCPRetransFail", LINUX_MIB_TCPRETRANSFAIL),
        SNMP_MIB_ITEM("TCPRcvCoalesce", LINUX_MIB_TCPRCVCOALESCE),
        SNMP_MIB_ITEM("TCPOFOQueue", LINUX_MIB_TCPOFOQUEUE),
        SNMP_MIB_ITEM("TCPOFODrop", LINUX_MIB_TCPOFODROP),
        SNMP_MIB_ITEM("TCPOFOMerge", LINUX_MIB_TCPOFOMERGE),
        SNMP_MIB_ITEM("TCPChallengeACK", LINUX_MIB_TCPCHALLENGEACK),
        SNMP_MIB_ITEM("TCPSYNChallenge", LINUX_MIB_TCPSYNCHALLENGE),
        SNMP_MIB_ITEM("TCPFastOpenActive", LINUX_MIB_TCPFASTOPENACTIVE),
        SNMP_MIB_ITEM("TCPFastOpenActiveFail", LINUX_MIB_TCPFASTOPENACTIVEFAIL),
        SNMP_MIB_ITEM("TCPFastOpenPassive", LINUX_MIB_TCPFASTOPENPASSIVE),
        SNMP_MIB_ITEM("TCPFastOpenPassiveFail", LINUX_MIB_TCPFASTOPENPASSIVEFAIL),
        SNMP_MIB_ITEM("TCPFastOpenListenOverflow", LINUX_MIB_TCPFASTOPENLISTENOVERFLOW),
        SNMP_MIB_ITEM("TCPFastOpenCookieReqd", LINUX_MIB_TCPFASTOPENCOOKIEREQD),
        SNMP_MIB_ITEM("TCPSpuriousRtxHostQueues", LINUX_MIB_TCPSPURIOUS_RTX_HOSTQUEUES),
        SNMP_MIB_ITEM("BusyPollRxPackets", LINUX_MIB_BUSYPOLLRXPACKETS),
        SNMP_MIB_ITEM("TCPAutoCorking", LINUX_MIB_TCPAUTOCORKING),
        SNMP_MIB_ITEM("TCPFromZeroWindowAdv", LINUX_MIB_TCPFROMZEROWINDOWADV),
        SNMP_MIB_ITEM("TCPToZeroWindowAdv", LINUX_MIB_TCPTOZEROWINDOWADV),
        SNMP_MIB_ITEM("TCPWantZeroWindowAdv", LINUX_MIB_TCPWANTZEROWINDOWADV),
        SNMP_MIB_ITEM("TCPSynRetrans", LINUX_MIB_TCPSYNRETRANS),
        SNMP_MIB_ITEM("TCPOrigDataSent", LINUX_MIB_TCPORIGDATASENT),
    };
}
