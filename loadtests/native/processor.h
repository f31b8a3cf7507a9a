// Processor time of groups of processes, to the nanosecond where the kernel keeps it.
#pragma once

#include "wire.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { GROUPS = 8, PIDS = 64 };

static int groups[GROUPS][PIDS], group_n[GROUPS], groups_n;

static uint64_t task_ns(const char *path) {
    char text[128];
    int fd = open(path, O_RDONLY);
    if (fd < 0) return 0;
    ssize_t size = read(fd, text, sizeof text - 1);
    close(fd);
    if (size <= 0) return 0;
    text[size] = 0;
    return strtoull(text, NULL, 10);
}

static double group_s(int group) {
    uint64_t total = 0;
    for (int i = 0; i < group_n[group]; i++) {
        char path[300];
        snprintf(path, sizeof path, "/proc/%d/task", groups[group][i]);
        DIR *tasks = opendir(path);
        if (tasks == NULL) continue;
        for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "/proc/%d/task/%.20s/schedstat", groups[group][i], entry->d_name);
            total += task_ns(path);
        }
        closedir(tasks);
    }
    return (double)total / 1e9;
}

static double own_s(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

// Groups are divided by semicolons, the processes of one by commas.
static void read_pids(char *text) {
    groups_n = 0;
    for (char *group_end, *group = strtok_r(text, ";", &group_end); group; group = strtok_r(NULL, ";", &group_end)) {
        int n = 0;
        for (char *end, *pid = strtok_r(group, ",", &end); pid; pid = strtok_r(NULL, ",", &end))
            if (n < PIDS) groups[groups_n][n++] = atoi(pid);
        group_n[groups_n++] = n;
    }
}
