import { sold } from '../../shared/features/cart';
import type { ClientFeature } from '../feature';
import { AddToCart, CartLink } from '../shop/AddToCart';
import { CartPage } from '../shop/CartPage';
import { Checkout } from '../shop/Checkout';
import { OrderPage } from '../shop/OrderPage';
import { Orders } from '../shop/Orders';

/** A cart for each person, and orders. */
export const feature: ClientFeature = {
  serves: [sold.entity],
  pages: { cart: CartPage, checkout: Checkout, orders: Orders, allorders: Orders, order: OrderPage },
  Mark: AddToCart,
  Header: CartLink,
};
