/* The test service: one static program for every version. What it does is in the file
 * /control/<version>: "healthy" (the default), "crashing", "unhealthy" or "slow". With PORT it answers
 * any request with its version; with the argument "check" it is its own health check. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void finish(int signal) { (void)signal; _exit(0); }

int main(int count, char **arguments) {
    const char *version = getenv("VERSION"), *port = getenv("PORT");
    char path[256], what[32] = "healthy";
    if (!version) return 2;
    snprintf(path, sizeof path, "/control/%s", version);
    FILE *file = fopen(path, "r");
    if (file) { if (fscanf(file, "%31s", what) != 1) strcpy(what, "healthy"); fclose(file); }
    if (count > 1 && !strcmp(arguments[1], "check")) return strcmp(what, "unhealthy") ? 0 : 1;
    /* The first process of a container has no default handler. */
    signal(SIGTERM, finish);
    if (!strcmp(what, "crashing")) { fprintf(stderr, "crashing as told\n"); return 1; }
    if (!strcmp(what, "slow")) sleep(5);
    if (!port) for (;;) pause();
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) return 3;
    for (;;) {
        int client = accept(listener, 0, 0);
        if (client < 0) continue;
        char request[2048], answer[256];
        if (read(client, request, sizeof request) > 0) {
            int length = snprintf(answer, sizeof answer,
                "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", strlen(version), version);
            if (write(client, answer, (size_t)length) < 0) { /* they hung up */ }
        }
        close(client);
    }
}
