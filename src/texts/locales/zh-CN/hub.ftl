# 服务端自身的故障：每个页面顶部的提示与侧栏动态。
health-recording = 目前无法记录任何数据。请检查数据库是否正在运行、是否有可用空间；其间代理会暂存采集的数据，服务端会自动恢复。
health-read-models = 页面显示的内容可能不完整。请重启服务端，它会重新读取全部数据。
health-disk-little-room = 事件日志所在磁盘空间不足。请尽快清理，以免无法继续记录。
health-disk-full = 事件日志所在磁盘已满。请立即清理：新数据可能已无法记录。
health-disk-large-wal = 数据库的预写日志持续增长。请结束长时间读取数据库文件的程序，例如复制或查询。
health-telegram-rival = 另有程序正在使用 Telegram 机器人的令牌。请结束该程序，或在渠道页面为服务端设置专用的机器人。
health-telegram-token = Telegram 不接受该机器人的令牌。请在渠道页面填写正确的令牌。
health-part = 服务端的某个部分出错，已重新启动：{ $part }。若此提示持续出现，请查看服务端的运行日志。
happened-hub-little-room = 事件日志所在磁盘空间不足
happened-hub-full = 事件日志所在磁盘已满
happened-hub-large-wal = 数据库的预写日志持续增长，未能合并
happened-hub-recovered = 事件日志所在磁盘在 { $duration } 后恢复正常
kind-hub_troubled = 服务端故障
kind-hub_recovered = 服务端恢复
