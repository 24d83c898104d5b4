# Units, durations and dates.
unit-ms = { $n } ms
unit-s = { $n } s
unit-min = { $n } min
unit-h = { $n } h
unit-d = { $n } d
unit-both = { $first } { $second }

ago-now = now
ago-s = { $n } s
ago-min = { $n } min
ago-h = { $n } h
ago-d = { $n } d

date-today = Today
date-yesterday = Yesterday
date-short = { $day } { $month }
date-full = { $day } { $month } { $year }
date-and-time = { $date }, { $time }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

range-1h = 1 h
range-6h = 6 h
range-1d = 1 d

metric-cpu_percent = CPU
metric-cpu_core_percent = CPU core
metric-load_1m = Load over 1 min
metric-load_5m = Load over 5 min
metric-load_15m = Load over 15 min
metric-load_per_core = Load per core
metric-memory_total_bytes = Memory size
metric-memory_used_bytes = Memory in use
metric-memory_used_percent = Memory
metric-swap_total_bytes = Swap size
metric-swap_used_bytes = Swap in use
metric-swap_used_percent = Swap
metric-disk_total_bytes = Disk size
metric-disk_used_bytes = Disk in use
metric-disk_used_percent = Disk
metric-disk_read_bytes_per_s = Disk reading
metric-disk_written_bytes_per_s = Disk writing
metric-net_received_bytes_per_s = Network in
metric-net_sent_bytes_per_s = Network out
metric-temperature_c = Temperature
metric-uptime_s = Uptime
