"""A client of the Bot API that knows nothing of the double: python-telegram-bot, through every method and fault."""

import asyncio
import base64
import sys

from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, TelegramError

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def refused(kind, words, call):
    try:
        await call
    except kind as error:
        assert words in str(error), f"{error!r} does not say {words!r}"
        return error
    raise AssertionError(f"was taken, though {words!r} was expected")


async def main(url, token):
    bot = Bot(token, base_url=f"{url}/bot")
    async with bot:
        assert bot.username == "watchroom_test_bot"
        await bot.set_my_commands([BotCommand("status", "What is so")])
        info = await bot.get_webhook_info()
        assert info.url == "" and info.pending_update_count == 1
        await bot.delete_webhook()
        (update,) = await bot.get_updates(timeout=5, allowed_updates=["message"])
        chat = update.effective_chat.id
        assert update.message.text == "/start CODE"
        assert not await bot.get_updates(offset=update.update_id + 1, timeout=0)
        await faults(bot, chat)
        keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="y")]])
        sent = await bot.send_message(chat, "<b>hello</b> &lt;b&gt;", parse_mode="HTML", reply_markup=keyboard)
        assert sent.text == "hello <b>" and sent.entities[0].type == "bold"
        await bot.send_chat_action(chat, "typing")
        (update,) = await bot.get_updates(timeout=20, allowed_updates=["callback_query"])
        query = update.callback_query
        assert query.data == "y" and query.message.message_id == sent.message_id
        await query.answer("Taken")
        edited = await sent.edit_text("<b>edited</b> &lt;b&gt;", parse_mode="HTML")
        assert edited.reply_markup is None
        same = edited.edit_text("<b>edited</b> &lt;b&gt;", parse_mode="HTML")
        await refused(BadRequest, "Message is not modified", same)
        photo = await bot.send_photo(chat, PNG, caption="a picture", reply_to_message_id=sent.message_id)
        assert photo.photo and photo.reply_to_message.message_id == sent.message_id
        await bot.get_updates(offset=update.update_id + 1, timeout=0)
        first = asyncio.create_task(bot.get_updates(timeout=20))
        async with Bot(token, base_url=f"{url}/bot") as rival:
            while not first.done():
                await rival.get_updates(timeout=0)
        await refused(Conflict, "terminated by other getUpdates", first)
    await refused(InvalidToken, "", Bot("1:wrong", base_url=f"{url}/bot").initialize())


async def faults(bot, chat):
    entities = bot.send_message(chat, "<b>refused</b>", parse_mode="HTML")
    await refused(BadRequest, "Can't parse entities", entities)
    await refused(BadRequest, "Can't parse entities", bot.send_message(chat, "<script>", parse_mode="HTML"))
    await refused(BadRequest, "Chat not found", bot.send_message(99, "nobody"))
    await refused(Forbidden, "blocked by the user", bot.send_message(43, "blocked"))
    moved = await refused(ChatMigrated, "", bot.send_message(-7, "moved"))
    assert moved.new_chat_id == -1007
    await refused(BadRequest, "Message to edit not found", bot.edit_message_text("x", chat, 5))
    await refused(BadRequest, "Message is too long", bot.send_message(chat, "x" * 4097))
    await refused(BadRequest, "Query is too old", bot.answer_callback_query("1"))
    await refused(TelegramError, "not found in Bot API", bot.do_api_request("noSuchMethod"))


asyncio.run(main(*sys.argv[1:]))
