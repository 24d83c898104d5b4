# 服务端自身发生的事，以及忘记密码后的补救办法。
reset-title = 设置新密码
reset-text = 用户：{ $login }。以此用户名登录的所有会话都将退出。此链接只能使用一次。
reset-do = 设置密码
error-408-title = 耗时过长
error-408-text = 您发送的内容未能及时到达。请重新发送；如果网络较慢，请分多次发送。
happened-log-restored = 已从备份恢复事件日志；该备份之后的记录不在其中
happened-settings-reloaded = 重新读取了设置
happened-reset-issued = 在服务端本机为 { $name } 生成了重设密码的链接
happened-reset-asked = 向 { $name } 发送了重设密码的链接；有人在登录页面提出了请求
enrol-service = 如果安装了 watchroom-agent 软件包，也可以作为服务运行，重启后自动恢复：
