// SPDX-License-Identifier: GPL-2.0-only
package main;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line: what it answers, and how it ends. */
class MainTest {
    @TempDir
    Path dir;

    private final PrintStream usualOut = System.out;
    private final PrintStream usualErr = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void listen() {
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void stop() {
        System.setOut(usualOut);
        System.setErr(usualErr);
    }

    private String said() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String complained() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @DisplayName("words that cannot be followed: one line that says which and what was expected, exit status 2")
    @CsvSource(delimiter = '|', textBlock = """
            fly                               | "fly": expected copy, run, list, map, packetdrill, bench
            bench fast                        | bench fast: expected one of bulk, segments
            run                               | NAME or FILE
            run no-such-scenario              | no-such-scenario
            run tcp-connect-close --seed many | --seed many: expected a whole number
            copy /no/such/file out            | /no/such/file
            run tcp-connect-close --speed 3   | --speed
            """)
    void mistakes(String words, String expected) {
        assertThat(Main.run(words.split(" "))).isEqualTo(2);

        assertThat(complained()).contains(expected);
        assertThat(complained().strip().lines()).hasSize(1);
        assertThat(complained()).doesNotContain("Exception");
    }

    @Test
    @DisplayName("--help names every command and ends well")
    void help() {
        assertThat(Main.run("--help")).isZero();
        assertThat(said()).contains("copy FILE OUT", "run NAME", "list", "bench", "map", "packetdrill", "--pcap FILE");
    }

    @Test
    @DisplayName("without words a connection with two subflows comes, carries data and goes; every packet and the counters are shown")
    void walkthrough() {
        assertThat(Main.run()).isZero();
        assertThat(said()).contains("Flags [S]", "mptcp capable", "mptcp join", "SYN_SENT -> ESTABLISHED", "Tcp.OutSegs ");
    }

    @Nested
    class Run {
        @Test
        @DisplayName("writes what the recordings have: packets, system calls, counters")
        void files() throws IOException {
            assertThat(Main.run("run", "tcp-connect-close", "--quiet", "--pcap", dir + "/p", "--calls", dir + "/c", "--netstat", dir + "/n")).isZero();

            assertThat(said()).isEmpty();
            assertThat(Files.size(dir.resolve("p"))).isGreaterThan(500);
            assertThat(Files.readString(dir.resolve("c"))).contains("connect(s, 127.0.0.1:5001) = 0");
            assertThat(Files.readString(dir.resolve("n"))).contains("Tcp.ActiveOpens 1");
        }

        @Test
        @DisplayName("a scenario of the reader's own plays; a mistake in it names file and line")
        void own() throws IOException {
            Path scn = dir.resolve("own.scn");
            Files.writeString(scn, "topo lo\nS: socket l; bind l 0.0.0.0 5001; listen l 1; mark L; accept l s; recv s 10\n"
                    + "C: wait L; socket s; connect s 127.0.0.1 5001; send s 5\n");
            assertThat(Main.run("run", scn.toString())).isZero();
            assertThat(said()).contains("Flags [S]", "length 5");

            Files.writeString(scn, "topo lo\nS: socket l; bend l\n");
            assertThat(Main.run("run", scn.toString())).isEqualTo(2);
            assertThat(complained()).contains("own.scn:2: \"bend\" is no instruction");
        }

        @Test
        @DisplayName("the list has every recording's program, a line each")
        void list() throws IOException {
            assertThat(Main.run("list")).isZero();
            Stream<String> names = said().lines().map(l -> l.strip().split("\\s+")[0]);
            assertThat(names).containsAll(scenario.Library.names());
        }
    }
}
